//! The requests, in the order in which they make sense: printed as curl lines, or made by `--check`.

use std::io;
use std::net::SocketAddr;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use auth_runtime::testing::{Issuer, Token};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::CLIENT;

const AN_HOUR: Duration = Duration::from_secs(3600);

const REVOKED: &str = r#"401 Bearer realm="api", error="invalid_token", error_description="The access token was revoked""#;
const LACKS_SCOPE: &str = r#"403 Bearer realm="api", error="insufficient_scope", error_description="The access token lacks a required scope", scope="revocations:write""#;
const NO_TOKEN: &str = r#"401 Bearer realm="api", scope="revocations:write""#;

/// Who has which tokens, and what becomes of them.
pub(crate) struct Story {
    /// Names for the shell, and values.
    tokens: Vec<(&'static str, String)>,
    steps: Vec<Step>,
}

struct Step {
    request: Request,
    /// The status, and the challenge if there is one.
    expected: &'static str,
}

enum Request {
    WhoAmI(&'static str),
    /// By somebody, or by nobody.
    Revoke(Option<&'static str>, String),
    LogOut(&'static str),
}

use Request::{LogOut, Revoke, WhoAmI};

impl Story {
    pub(crate) fn told_by(issuer: &Issuer) -> Self {
        // A list in Redis outlives this process, and names of an earlier one may stand there.
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        let now = now.unwrap_or_default();
        let run = now.as_millis();
        let expires = (now + AN_HOUR).as_secs();
        let id = |name: &str| format!("{name}-{run}");
        let access = |subject: &str| issuer.token(subject).claim("exp", expires);
        let alice = |device: &str| access(&id("alice")).claim("sid", id(device));
        let revoke = |kind: &str, id: String| json!({ kind: id }).to_string();
        let token = json!({ "token": { "jti": id("bob"), "exp": expires } }).to_string();
        let step = |request, expected| Step { request, expected };
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
                // Who may call does not depend on whom it is about.
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
                // By the issuer, where somebody logged out. Once: then it was used.
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

    /// The tokens as shell variables, and the requests as curl lines.
    pub(crate) fn print(&self, address: SocketAddr) {
        println!(
            "Paste these first. PHONE and LAPTOP are alice's, BOB and CAROL have one device each, ADMIN may\n\
             revoke, and LOGOUT is what the issuer sends when carol logs out.\n"
        );
        for (variable, value) in &self.tokens {
            println!("{variable}={value}");
        }
        println!(
            "\nThen these, in this order. Above each is the status to expect, and the\n\
             `WWW-Authenticate` field.\n"
        );
        for Step { request, expected } in &self.steps {
            let line = match request {
                WhoAmI(caller) => {
                    format!("http://{address}/whoami -H \"Authorization: Bearer ${caller}\"")
                }
                Revoke(caller, body) => {
                    let caller = caller
                        .map(|caller| format!("-H \"Authorization: Bearer ${caller}\" "))
                        .unwrap_or_default();
                    format!(
                        "http://{address}/admin/revocations {caller}-H 'Content-Type: application/json' -d '{body}'"
                    )
                }
                LogOut(token) => {
                    format!("http://{address}/backchannel-logout -d logout_token=${token}")
                }
            };
            println!("# {expected}\ncurl -i {line}\n");
        }
        println!("Listening on http://{address} until ctrl-c.");
    }

    /// Makes the requests and says whether each got what was expected.
    pub(crate) async fn check(&self, address: SocketAddr) -> io::Result<bool> {
        let mut differences = 0;
        for Step { request, expected } in &self.steps {
            let got = self.send(address, request).await?;
            let verdict = if got == *expected { "ok" } else { "DIFFERS" };
            let shown = match request {
                WhoAmI(caller) => format!("GET /whoami {caller}"),
                Revoke(caller, body) => {
                    format!(
                        "POST /admin/revocations {} {body}",
                        caller.unwrap_or("nobody")
                    )
                }
                LogOut(token) => format!("POST /backchannel-logout {token}"),
            };
            println!("{verdict:<9}{shown}");
            println!("         expected  {expected}");
            println!("         got       {got}\n");
            differences += usize::from(got != *expected);
        }
        println!(
            "{} requests, {differences} different from what was expected",
            self.steps.len()
        );
        Ok(differences == 0)
    }

    /// One request over a connection of its own: the status and the challenge of the answer.
    async fn send(&self, address: SocketAddr, request: &Request) -> io::Result<String> {
        let bearer = |caller: &str| format!("Authorization: Bearer {}\r\n", self.token(caller));
        let (target, credential, media_type, body) = match request {
            WhoAmI(caller) => ("GET /whoami", bearer(caller), "text/plain", String::new()),
            Revoke(caller, body) => (
                "POST /admin/revocations",
                caller.map(bearer).unwrap_or_default(),
                "application/json",
                body.clone(),
            ),
            LogOut(token) => (
                "POST /backchannel-logout",
                String::new(),
                "application/x-www-form-urlencoded",
                format!("logout_token={}", self.token(token)),
            ),
        };
        let request = format!(
            "{target} HTTP/1.1\r\nHost: {address}\r\n{credential}Content-Type: {media_type}\r\n\
             Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
            body.len()
        );
        let mut stream = TcpStream::connect(address).await?;
        stream.write_all(request.as_bytes()).await?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await?;

        let mut head = answer.lines().take_while(|line| !line.is_empty());
        let status = head
            .next()
            .and_then(|line| line.split(' ').nth(1))
            .unwrap_or("no answer");
        let challenges = head.filter_map(|line| {
            let (name, value) = line.split_once(": ")?;
            name.eq_ignore_ascii_case("WWW-Authenticate")
                .then_some(value)
        });
        Ok(std::iter::once(status)
            .chain(challenges)
            .collect::<Vec<_>>()
            .join(" "))
    }
}

/// What an issuer sends that ends a session (OpenID Connect Back-Channel Logout 1.0).
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
