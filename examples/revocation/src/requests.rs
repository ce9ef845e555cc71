//! The requests, in order: printed as curl commands, or sent by `--check`.

use std::net::SocketAddr;
use std::process::ExitCode;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use auth_runtime::BoxError;
use auth_runtime::testing::{Issuer, Token};
use axum::body::Body;
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE, WWW_AUTHENTICATE};
use axum::http::{Request, Response};
use serde_json::json;
use tower::ServiceExt;

use crate::CLIENT;

const AN_HOUR: Duration = Duration::from_secs(3600);

const REVOKED: &str = r#"401 Bearer realm="api", error="invalid_token", error_description="The access token was revoked""#;
const LACKS_SCOPE: &str = r#"403 Bearer realm="api", error="insufficient_scope", error_description="The access token lacks a required scope", scope="revocations:write""#;
const NO_TOKEN: &str = r#"401 Bearer realm="api", scope="revocations:write""#;

/// The tokens, and the requests with them.
pub(crate) struct Scenario {
    /// Names of shell variables, and tokens.
    tokens: Vec<(&'static str, String)>,
    steps: Vec<Step>,
}

struct Step {
    action: Action,
    /// The status, and the challenge if there is one.
    expected: &'static str,
}

enum Action {
    WhoAmI(&'static str),
    /// With the token of this name, or without a token.
    Revoke(Option<&'static str>, String),
    LogOut(&'static str),
}

use Action::{LogOut, Revoke, WhoAmI};

impl Scenario {
    pub(crate) fn new(issuer: &Issuer) -> Self {
        // Redis may hold the revocations of an earlier run, so each run has its own names.
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        let now = now.unwrap_or_default();
        let run = now.as_millis();
        let expires = (now + AN_HOUR).as_secs();
        let id = |name: &str| format!("{name}-{run}");
        let access = |subject: &str| issuer.token(subject).claim("exp", expires);
        let alice = |device: &str| access(&id("alice")).claim("sid", id(device));
        let revoke = |kind: &str, id: String| json!({ kind: id }).to_string();
        let token = json!({ "token": { "jti": id("bob"), "exp": expires } }).to_string();
        let step = |action, expected| Step { action, expected };
        Self {
            tokens: vec![
                ("PHONE", alice("phone").sign()),
                ("LAPTOP", alice("laptop").sign()),
                ("BOB", access("bob").claim("jti", id("bob")).sign()),
                ("CAROL", access("carol").claim("sid", id("tablet")).sign()),
                ("ADMIN", access("admin").scope("revocations:write").sign()),
                (
                    "LOGOUT",
                    logout_token(issuer, &id("logout"), &id("tablet")).sign(),
                ),
            ],
            steps: vec![
                step(WhoAmI("PHONE"), "200"),
                step(WhoAmI("LAPTOP"), "200"),
                // Only an administrator may revoke.
                step(Revoke(None, revoke("session", id("phone"))), NO_TOKEN),
                step(
                    Revoke(Some("PHONE"), revoke("session", id("phone"))),
                    LACKS_SCOPE,
                ),
                // A session.
                step(Revoke(Some("ADMIN"), revoke("session", id("phone"))), "204"),
                step(WhoAmI("PHONE"), REVOKED),
                step(WhoAmI("LAPTOP"), "200"),
                // A subject.
                step(Revoke(Some("ADMIN"), revoke("subject", id("alice"))), "204"),
                step(WhoAmI("LAPTOP"), REVOKED),
                // A single token.
                step(WhoAmI("BOB"), "200"),
                step(Revoke(Some("ADMIN"), token), "204"),
                step(WhoAmI("BOB"), REVOKED),
                // A logout at the issuer. Each logout token is accepted once.
                step(WhoAmI("CAROL"), "200"),
                step(LogOut("LOGOUT"), "200"),
                step(WhoAmI("CAROL"), REVOKED),
                step(LogOut("LOGOUT"), "400"),
                step(WhoAmI("ADMIN"), "200"),
            ],
        }
    }

    fn token(&self, variable: &str) -> &str {
        self.tokens
            .iter()
            .find(|(name, _)| *name == variable)
            .map_or("", |(_, value)| value)
    }

    /// Prints the tokens as shell variables, and the requests as curl commands.
    pub(crate) fn print(&self, address: SocketAddr) {
        println!(
            "PHONE and LAPTOP are tokens of Alice, BOB and CAROL have one each. ADMIN may revoke tokens.\n\
             LOGOUT is the logout token that the issuer sends when Carol logs out.\n\n\
             Paste these commands into another terminal, in this order.\n\
             Each curl command prints the response, and then the status to expect.\n"
        );
        for (variable, value) in &self.tokens {
            println!("{variable}={value}");
        }
        println!();
        for Step { action, expected } in &self.steps {
            let arguments = match action {
                WhoAmI(name) => format!("/whoami -H \"Authorization: Bearer ${name}\""),
                Revoke(name, body) => {
                    let token = name.map(|name| format!(" -H \"Authorization: Bearer ${name}\""));
                    let token = token.unwrap_or_default();
                    format!(
                        "/admin/revocations{token} -H 'Content-Type: application/json' -d '{body}'"
                    )
                }
                LogOut(name) => format!("/backchannel-logout -d logout_token=${name}"),
            };
            let status = expected.split(' ').next().unwrap_or_default();
            println!("curl -iw '\\nExpected: {status}\\n\\n' http://{address}{arguments}");
        }
        println!("\nListening on http://{address} until Ctrl-C.");
    }

    /// Sends the requests to the router, without a network. Fails if a response is not the expected one.
    pub(crate) async fn check(&self, app: &axum::Router) -> Result<ExitCode, BoxError> {
        let mut different = 0;
        for Step { action, expected } in &self.steps {
            let response = app.clone().oneshot(self.request(action)?).await?;
            let got = outcome(&response)?;
            let verdict = if got == *expected { "ok" } else { "DIFFERENT" };
            let shown = match action {
                WhoAmI(name) => format!("GET /whoami {name}"),
                Revoke(name, body) => {
                    let name = name.unwrap_or("anonymous");
                    format!("POST /admin/revocations {name} {body}")
                }
                LogOut(name) => format!("POST /backchannel-logout {name}"),
            };
            println!("{verdict:<10} {shown}\n  expected {expected}\n  got      {got}\n");
            different += u8::from(got != *expected);
        }
        let count = self.steps.len();
        println!("{count} requests, {different} different from what was expected");
        Ok(if different == 0 {
            ExitCode::SUCCESS
        } else {
            ExitCode::FAILURE
        })
    }

    fn request(&self, action: &Action) -> Result<Request<Body>, BoxError> {
        let bearer = |name: &str| format!("Bearer {}", self.token(name));
        let request = match action {
            WhoAmI(name) => Request::get("/whoami")
                .header(AUTHORIZATION, bearer(name))
                .body(Body::empty()),
            Revoke(name, body) => {
                let mut request = Request::post("/admin/revocations");
                if let Some(name) = name {
                    request = request.header(AUTHORIZATION, bearer(name));
                }
                request
                    .header(CONTENT_TYPE, "application/json")
                    .body(body.clone().into())
            }
            LogOut(name) => Request::post("/backchannel-logout")
                .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
                .body(format!("logout_token={}", self.token(name)).into()),
        };
        Ok(request?)
    }
}

/// The status and the challenges.
fn outcome<B>(response: &Response<B>) -> Result<String, BoxError> {
    let mut outcome = response.status().as_str().to_owned();
    for challenge in response.headers().get_all(WWW_AUTHENTICATE) {
        outcome = format!("{outcome} {}", challenge.to_str()?);
    }
    Ok(outcome)
}

/// The token that an issuer sends to end a session (OpenID Connect Back-Channel Logout 1.0).
fn logout_token(issuer: &Issuer, id: &str, session: &str) -> Token {
    issuer
        .token("carol")
        .header("typ", "logout+jwt")
        .claim("aud", CLIENT)
        .claim("jti", id)
        .claim("sid", session)
        .claim(
            "events",
            json!({ "http://schemas.openid.net/event/backchannel-logout": {} }),
        )
        .expires_in(AN_HOUR)
}
