//! The requests to try: printed as curl commands, or sent by `--check`.

use std::net::SocketAddr;
use std::process::ExitCode;
use std::time::Duration;

use auth_runtime::BoxError;
use auth_runtime::testing::Issuer;
use axum::body::Body;
use axum::http::Request;
use axum::http::header::{AUTHORIZATION, WWW_AUTHENTICATE};
use tower::ServiceExt;

const HOUR: Duration = Duration::from_secs(60 * 60);

const RULES: &str = r#"
GET  /whoami                  #[require_auth]
GET  /orders                  #[require_auth(scope = "orders:read")]
GET  /orders/{number}         #[require_auth(scope = "orders:read", check("owns the order") = ..)]
POST /orders/{number}/refund  #[require_auth(any(scope = "orders:admin",
                                                 all(scope = "orders:write", role = "support")))]

Alice owns order 1 and has the scope orders:read.
Bob owns order 2 and has the scope orders:write and the role support.
EXPIRED is a token of Alice that expired an hour ago.

Paste these commands into another terminal, all at once or one by one.
Each curl command prints the response, and then the status to expect.
"#;

/// A request, who sends it, and the expected status and challenge.
type Row = (
    &'static str,
    &'static str,
    Option<&'static str>,
    &'static str,
);

const REQUESTS: [Row; 11] = [
    ("GET", "/whoami", None, ANONYMOUS),
    ("GET", "/whoami", Some("ALICE"), "200"),
    ("GET", "/whoami", Some("EXPIRED"), EXPIRED),
    ("GET", "/orders", None, ANONYMOUS_READ),
    ("GET", "/orders", Some("ALICE"), "200"),
    ("GET", "/orders", Some("BOB"), LACKS_READ),
    ("GET", "/orders/1", Some("ALICE"), "200"),
    ("GET", "/orders/2", Some("ALICE"), NOT_THE_OWNER),
    ("GET", "/orders/3", Some("ALICE"), "404"),
    ("POST", "/orders/1/refund", Some("BOB"), "200"),
    ("POST", "/orders/1/refund", Some("ALICE"), LACKS_ADMIN),
];

const ANONYMOUS: &str = r#"401 Bearer realm="api""#;
const ANONYMOUS_READ: &str = r#"401 Bearer realm="api", scope="orders:read""#;
const EXPIRED: &str = r#"401 Bearer realm="api", error="invalid_token", error_description="The access token expired""#;
const LACKS_READ: &str = r#"403 Bearer realm="api", error="insufficient_scope", error_description="The access token lacks a required scope", scope="orders:read""#;
const LACKS_ADMIN: &str = r#"403 Bearer realm="api", error="insufficient_scope", error_description="The access token lacks a required scope", scope="orders:admin""#;
const NOT_THE_OWNER: &str = r#"403 Bearer realm="api""#;

/// Names of shell variables, and tokens.
pub(crate) type Tokens = [(&'static str, String); 3];

pub(crate) fn tokens(issuer: &Issuer) -> Tokens {
    let alice = issuer.token("alice").scope("orders:read");
    let bob = issuer.token("bob").scope("orders:write").role("support");
    [
        ("ALICE", alice.clone().expires_in(24 * HOUR).sign()),
        ("BOB", bob.expires_in(24 * HOUR).sign()),
        ("EXPIRED", alice.expired_for(HOUR).sign()),
    ]
}

pub(crate) fn print(address: SocketAddr, tokens: &Tokens) {
    println!("{RULES}");
    for (name, token) in tokens {
        println!("{name}={token}");
    }
    println!();
    for (method, path, caller, expected) in REQUESTS {
        let status = expected.split(' ').next().unwrap_or_default();
        let method = match method {
            "GET" => String::new(),
            _ => format!(" -X {method}"),
        };
        let token = caller.map(|name| format!(" -H \"Authorization: Bearer ${name}\""));
        let token = token.unwrap_or_default();
        println!("curl -iw '\\nExpected: {status}\\n\\n' http://{address}{path}{method}{token}");
    }
    println!("\nListening on http://{address} until Ctrl-C.");
}

/// Sends the requests to the router, without a network. Fails if a response is not the expected one.
pub(crate) async fn check(app: &axum::Router, tokens: &Tokens) -> Result<ExitCode, BoxError> {
    let mut different = 0;
    for (method, path, caller, expected) in REQUESTS {
        let mut request = Request::builder().method(method).uri(path);
        if let Some((_, token)) = tokens.iter().find(|(name, _)| Some(*name) == caller) {
            request = request.header(AUTHORIZATION, format!("Bearer {token}"));
        }
        let response = app.clone().oneshot(request.body(Body::empty())?).await?;
        let mut got = response.status().as_str().to_owned();
        for challenge in response.headers().get_all(WWW_AUTHENTICATE) {
            got = format!("{got} {}", challenge.to_str()?);
        }

        let verdict = if got == expected { "ok" } else { "DIFFERENT" };
        println!(
            "{verdict:<10} {method} {path} {}",
            caller.unwrap_or("anonymous")
        );
        println!("  expected {expected}\n  got      {got}\n");
        different += u8::from(got != expected);
    }
    println!(
        "{} requests, {different} different from what was expected",
        REQUESTS.len()
    );
    Ok(if different == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
