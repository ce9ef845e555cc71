//! The example with an authorization server that answers over HTTP.

#![allow(clippy::unwrap_used, reason = "whatever goes wrong fails the test")]

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use axum::http::header::AUTHORIZATION;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use example_runner::{Program, Response, curl, run};
use serde_json::json;
use tokio::net::TcpListener;

const OPAQUE_TOKENS: &str = env!("CARGO_BIN_EXE_opaque-tokens");
const ISSUER: &str = "https://id.example";
const AUDIENCE: &str = "https://api.example";

struct Api {
    _program: Program,
    url: String,
}

impl Api {
    fn start(endpoint: &str) -> Self {
        let environment = [
            ("INTROSPECTION_URL", endpoint),
            ("ISSUER", ISSUER),
            ("CLIENT_ID", "orders-api"),
            ("CLIENT_SECRET", "secret"),
            ("AUDIENCE", AUDIENCE),
            ("PORT", "0"),
        ];
        let program = Program::start(OPAQUE_TOKENS, &[], &environment);
        Self {
            url: program.printed().url,
            _program: program,
        }
    }

    fn get(&self, path: &str, token: &str) -> Response {
        let header = format!("Authorization: Bearer {token}");
        curl(&[&format!("{}{path}", self.url), "-H", &header])
    }
}

/// The endpoint of an authorization server with two tokens, and how often it was asked.
async fn authorization_server() -> (String, Arc<AtomicU32>) {
    let count = Arc::new(AtomicU32::new(0));
    let counter = Arc::clone(&count);
    let introspect = async move |headers: HeaderMap, form: String| {
        counter.fetch_add(1, Ordering::Relaxed);
        // `orders-api:secret`
        if headers
            .get(AUTHORIZATION)
            .is_none_or(|value| value != "Basic b3JkZXJzLWFwaTpzZWNyZXQ=")
        {
            return (
                StatusCode::UNAUTHORIZED,
                json!({ "error": "invalid_client" }).to_string(),
            );
        }
        let scope = if form.contains("token=the-token-of-a-reader") {
            "orders:read"
        } else if form.contains("token=the-token-of-a-writer") {
            "orders:write"
        } else {
            return (StatusCode::OK, json!({ "active": false }).to_string());
        };
        let active = json!({ "active": true, "sub": "alice", "scope": scope, "aud": AUDIENCE });
        (StatusCode::OK, active.to_string())
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/introspect", listener.local_addr().unwrap());
    let app = axum::Router::new().route("/introspect", post(introspect));
    tokio::spawn(async { axum::serve(listener, app).await });
    (url, count)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_authorization_server_decides_and_is_asked_once() {
    let (url, count) = authorization_server().await;
    let api = Api::start(&url);
    for _ in 0..2 {
        let response = api.get("/whoami", "the-token-of-a-reader");
        assert_eq!(
            (response.status, response.body.as_str()),
            (200, "You are alice.\n")
        );
    }
    assert_eq!(api.get("/orders", "the-token-of-a-reader").status, 200);
    assert_eq!(count.load(Ordering::Relaxed), 1);
    assert_eq!(api.get("/orders", "the-token-of-a-writer").status, 403);

    let inactive = api.get("/whoami", "a-token-that-was-revoked");
    assert_eq!(inactive.status, 401);
    assert!(
        inactive.challenges[0].contains("The access token is not active"),
        "{inactive:?}"
    );
}

#[test]
fn while_the_authorization_server_is_unavailable_tokens_get_503() {
    // Nothing listens on port 1.
    let api = Api::start("http://127.0.0.1:1/introspect");
    assert_eq!(api.get("/whoami", "the-token-of-a-reader").status, 503);
    assert_eq!(curl(&[&format!("{}/whoami", api.url)]).status, 401);
}

#[test]
fn the_help_names_every_variable_and_a_missing_one_is_an_error() {
    let output = run(OPAQUE_TOKENS, &["--help"], &[]);
    assert!(output.status.success());
    let help = String::from_utf8(output.stdout).unwrap();
    for word in [
        "cargo run -p opaque-tokens",
        "INTROSPECTION_URL",
        "ISSUER",
        "CLIENT_ID",
        "CLIENT_SECRET",
        "AUDIENCE",
        "PORT",
    ] {
        assert!(help.contains(word), "{word}: {help}");
    }
    let output = run(OPAQUE_TOKENS, &[], &[]);
    assert_eq!(output.status.code(), Some(1));
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(error.contains("INTROSPECTION_URL: "), "{error}");
}
