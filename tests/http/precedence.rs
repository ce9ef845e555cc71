//! A request with two faults is answered for the one that comes first in the order of evaluation.
//! Every pair of faults is tested.

use auth_runtime::routing::post;
use auth_runtime::testing::{Issuer, Token};
use auth_runtime::{Auth, Identity, Router, require_auth};
use auth_tests::application::{AUDIENCE, ISSUER, World, build};
use auth_tests::client::Request;
use auth_tests::server::Server;
use axum::Json;
use axum::extract::Path;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

#[require_auth(
    scope = "transfer",
    acr = "gold",
    check("owns it") = |caller: Identity, Path(owner): Path<String>| caller.subject() == owner
)]
async fn transfer(Json(amount): Json<u32>) -> String {
    format!("transferred {amount}")
}

/// A request before it is sent: good until a fault is put into it.
struct Draft {
    token: Token,
    scheme: &'static str,
    after_token: &'static str,
    twice: bool,
    forged: bool,
    owner: &'static str,
    body: &'static str,
}

impl Draft {
    fn good(issuer: &Issuer) -> Self {
        Self {
            token: issuer.token("alice").scope("transfer").acr("gold"),
            scheme: "Bearer",
            after_token: "",
            twice: false,
            forged: false,
            owner: "alice",
            body: "7",
        }
    }

    fn change(&mut self, change: impl FnOnce(Token) -> Token) {
        self.token = change(self.token.clone());
    }

    fn request(&self) -> Request {
        let mut token = self.token.sign();
        if self.forged {
            let (rest, signature) = token.rsplit_once('.').unwrap();
            let mut bytes = URL_SAFE_NO_PAD.decode(signature).unwrap();
            bytes[7] ^= 1;
            token = format!("{rest}.{}", URL_SAFE_NO_PAD.encode(bytes));
        }
        let value = format!("{} {token}{}", self.scheme, self.after_token);
        let request = Request::post(&format!("/{}", self.owner), "application/json", self.body)
            .header("Authorization", &value);
        if self.twice {
            request.header("Authorization", value)
        } else {
            request
        }
    }
}

struct Fault {
    name: &'static str,
    put_into: fn(&mut Draft),
    status: u16,
    /// The challenge after the realm; `None` without a challenge.
    challenge: Option<&'static str>,
}

macro_rules! invalid_token {
    ($description:literal) => {
        Some(concat!(
            r#", error="invalid_token", error_description=""#,
            $description,
            r#"", scope="transfer""#
        ))
    };
}

/// In the order of evaluation.
const FAULTS: &[Fault] = &[
    Fault {
        name: "A8 two credentials",
        put_into: |draft| draft.twice = true,
        status: 400,
        challenge: Some(
            r#", error="invalid_request", error_description="Multiple methods used to include access token""#,
        ),
    },
    Fault {
        name: "A4 the scheme",
        put_into: |draft| draft.scheme = "Token",
        status: 401,
        challenge: Some(r#", scope="transfer""#),
    },
    Fault {
        name: "A6 the syntax",
        put_into: |draft| draft.after_token = " x",
        status: 401,
        challenge: invalid_token!("The access token is malformed"),
    },
    Fault {
        name: "B6 the structure",
        put_into: |draft| draft.change(|token| token.header("crit", ["x"])),
        status: 401,
        challenge: invalid_token!("The access token is malformed"),
    },
    Fault {
        name: "B14 iss",
        put_into: |draft| draft.change(|token| token.claim("iss", "https://evil.example")),
        status: 401,
        challenge: invalid_token!("The access token issuer is not trusted"),
    },
    Fault {
        name: "B4 alg",
        put_into: |draft| draft.change(|token| token.header("alg", "HS256")),
        status: 401,
        challenge: invalid_token!("The access token uses an unsupported algorithm"),
    },
    Fault {
        name: "B10 typ",
        put_into: |draft| draft.change(|token| token.header("typ", "JWT")),
        status: 401,
        challenge: invalid_token!("The token is not an access token"),
    },
    Fault {
        name: "B9 the key",
        put_into: |draft| draft.change(|token| token.header("kid", "unknown")),
        status: 401,
        challenge: invalid_token!("The access token was signed with an unknown key"),
    },
    Fault {
        name: "B8 the signature",
        put_into: |draft| draft.forged = true,
        status: 401,
        challenge: invalid_token!("The access token signature is invalid"),
    },
    Fault {
        name: "B11 exp",
        put_into: |draft| draft.change(|token| token.claim("exp", 1)),
        status: 401,
        challenge: invalid_token!("The access token expired"),
    },
    Fault {
        name: "B15 aud",
        put_into: |draft| draft.change(|token| token.claim("aud", "https://other.example")),
        status: 401,
        challenge: invalid_token!("The access token audience does not match"),
    },
    Fault {
        name: "B16 sub",
        put_into: |draft| draft.change(|token| token.without("sub")),
        status: 401,
        challenge: invalid_token!("The access token lacks a required claim"),
    },
    Fault {
        name: "D13 cnf",
        put_into: |draft| {
            draft.change(|token| token.claim("cnf", serde_json::json!({ "jkt": "x" })));
        },
        status: 401,
        challenge: invalid_token!("The access token is DPoP-bound"),
    },
    Fault {
        name: "C8 acr",
        put_into: |draft| draft.change(|token| token.acr("bronze")),
        status: 401,
        challenge: Some(
            r#", error="insufficient_user_authentication", error_description="A different authentication level is required", acr_values="gold""#,
        ),
    },
    Fault {
        name: "C1 scope",
        put_into: |draft| draft.change(|token| token.scope("other")),
        status: 403,
        challenge: Some(
            r#", error="insufficient_scope", error_description="The access token lacks a required scope", scope="transfer""#,
        ),
    },
    Fault {
        name: "C6 ownership",
        put_into: |draft| draft.owner = "bob",
        status: 403,
        challenge: Some(""),
    },
    Fault {
        name: "the body",
        put_into: |draft| draft.body = "x",
        status: 400,
        challenge: None,
    },
];

#[tokio::test]
async fn the_earlier_of_any_two_faults_is_answered() {
    let issuer = Issuer::new(ISSUER, AUDIENCE);
    let auth = build(Auth::builder().bearer(issuer.jwt()));
    let app = axum::Router::new()
        .route("/{owner}", axum::routing::post(transfer))
        .layer(auth.layer());
    answers_the_earlier_one(&issuer, app).await;
    let app = Router::new()
        .route("/{owner}", post(transfer))
        .with_auth(auth);
    answers_the_earlier_one(&issuer, app).await;
}

async fn answers_the_earlier_one(issuer: &Issuer, app: axum::Router) {
    let server = Server::start(app).await;
    let good = server.send(&Draft::good(issuer).request()).await;
    assert_eq!((good.status, good.text().as_str()), (200, "transferred 7"));

    for (index, first) in FAULTS.iter().enumerate() {
        // Also alone: then both are the same.
        for second in &FAULTS[index..] {
            let mut draft = Draft::good(issuer);
            (second.put_into)(&mut draft);
            (first.put_into)(&mut draft);
            let response = server.send(&draft.request()).await;
            let what = format!("{} and {}: {response:?}", first.name, second.name);
            assert_eq!(response.status, first.status, "{what}");
            let challenge = match (first.name, second.name) {
                // C10: the missing scope is named too.
                ("C8 acr", "C1 scope") => Some(
                    r#", error="insufficient_user_authentication", error_description="A different authentication level is required", scope="transfer", acr_values="gold""#,
                ),
                _ => first.challenge,
            };
            let line = challenge.map(|rest| format!(r#"Bearer realm="api"{rest}"#));
            assert_eq!(response.challenges(), Vec::from_iter(line), "{what}");
        }
    }
}

#[tokio::test]
async fn a_check_runs_only_if_all_earlier_requirements_hold() {
    let world = World::start().await;
    let to = |path: &str, token: Token| Request::get(path).bearer(token.sign());
    for (request, status) in [
        (Request::get("/check/denied"), 401),
        (to("/check/denied", world.alice().claim("exp", 1)), 401),
        (to("/check/scope-first", world.alice()), 403),
        (to("/check/role-first", world.alice()), 403),
        (to("/check/step-up-first", world.alice()), 401),
    ] {
        assert_eq!(world.send(&request).await.status, status, "{request:?}");
        assert_eq!(world.checks_run(), 0, "{request:?}");
    }
    for (request, run) in [
        (to("/check/scope-first", world.reader()), 1),
        (to("/check/role-first", world.alice().role("admin")), 2),
        (to("/check/step-up-first", world.alice().acr("gold")), 3),
        (to("/check/denied", world.alice()), 4),
    ] {
        assert_eq!(world.send(&request).await.status, 403, "{request:?}");
        assert_eq!(world.checks_run(), run, "{request:?}");
    }
    assert_eq!(
        world
            .send(&to("/check/allowed", world.alice()))
            .await
            .status,
        200
    );
    assert_eq!(world.checks_run(), 5);
}
