//! The example with a provider that serves its metadata and keys over HTTP.

#![allow(clippy::unwrap_used, reason = "whatever goes wrong fails the test")]

use std::thread;
use std::time::Duration;

use auth_runtime::testing::{Issuer, Token};
use axum::routing::get;
use example_runner::{Program, Response, curl, run};
use serde_json::json;
use tokio::net::TcpListener;

const OIDC: &str = env!("CARGO_BIN_EXE_oidc");
const AUDIENCE: &str = "https://api.example";
const CLIENT: &str = "shop";

struct Api {
    _program: Program,
    url: String,
}

impl Api {
    fn start(issuer: &str) -> Self {
        let environment = [
            ("OIDC_ISSUER", issuer),
            ("AUDIENCE", AUDIENCE),
            ("CLIENT_ID", CLIENT),
            ("PORT", "0"),
        ];
        let program = Program::start(OIDC, &[], &environment);
        Self {
            url: program.printed().url,
            _program: program,
        }
    }

    fn get(&self, path: &str, token: &Token) -> Response {
        let header = format!("Authorization: Bearer {}", token.sign());
        curl(&[&format!("{}{path}", self.url), "-H", &header])
    }

    fn ready(&self) -> u16 {
        curl(&[&format!("{}/ready", self.url)]).status
    }

    fn log_out(&self, token: &Token) -> Response {
        let form = format!("logout_token={}", token.sign());
        curl(&[&format!("{}/backchannel-logout", self.url), "-d", &form])
    }
}

/// A provider on a free port.
async fn provider() -> (String, Issuer) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let issuer = Issuer::new(&url, AUDIENCE);
    let metadata = json!({ "issuer": url, "jwks_uri": format!("{url}/jwks") }).to_string();
    let keys = issuer.jwks();
    let app = axum::Router::new()
        .route(
            "/.well-known/openid-configuration",
            get(async move || metadata),
        )
        .route("/jwks", get(async move || keys));
    tokio::spawn(async { axum::serve(listener, app).await });
    (url, issuer)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tokens_of_the_provider_are_accepted_until_the_user_logs_out() {
    let (url, issuer) = provider().await;
    let api = Api::start(&url);
    while api.ready() != 200 {
        thread::sleep(Duration::from_millis(10));
    }
    let alice = issuer.token("alice").claim("sid", "phone");
    let response = api.get("/whoami", &alice);
    assert_eq!(
        (response.status, response.body.as_str()),
        (200, "You are alice.\n")
    );
    assert_eq!(api.get("/orders", &alice).status, 403);
    let reader = alice.clone().scope("orders:read");
    assert_eq!(api.get("/orders", &reader).status, 200);
    let foreign = Issuer::new(&url, AUDIENCE).token("alice");
    assert_eq!(api.get("/whoami", &foreign).status, 401);

    let logout = issuer
        .token("alice")
        .header("typ", "logout+jwt")
        .claim("aud", CLIENT)
        .claim("jti", "1")
        .claim("sid", "phone")
        .claim(
            "events",
            json!({ "http://schemas.openid.net/event/backchannel-logout": {} }),
        );
    assert_eq!(api.log_out(&logout).status, 200);
    assert_eq!(api.get("/whoami", &alice).status, 401);
    let laptop = issuer.token("alice").claim("sid", "laptop");
    assert_eq!(api.get("/whoami", &laptop).status, 200);
}

#[test]
fn while_the_provider_is_unavailable_tokens_get_503() {
    // Nothing listens on port 1.
    let url = "http://127.0.0.1:1";
    let api = Api::start(url);
    assert_eq!(api.ready(), 503);
    let token = Issuer::new(url, AUDIENCE).token("alice");
    assert_eq!(api.get("/whoami", &token).status, 503);
    assert_eq!(curl(&[&format!("{}/whoami", api.url)]).status, 401);
}

#[test]
fn the_help_names_every_variable_and_a_missing_one_is_an_error() {
    let output = run(OIDC, &["--help"], &[]);
    assert!(output.status.success());
    let help = String::from_utf8(output.stdout).unwrap();
    for word in [
        "cargo run -p oidc",
        "OIDC_ISSUER",
        "AUDIENCE",
        "CLIENT_ID",
        "PORT",
    ] {
        assert!(help.contains(word), "{word}: {help}");
    }
    let output = run(OIDC, &[], &[("OIDC_ISSUER", "https://id.example")]);
    assert_eq!(output.status.code(), Some(1));
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(error.contains("AUDIENCE: "), "{error}");
}
