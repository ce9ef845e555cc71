//! The program whose instructions `tests/instructions/run` counts: it serves the requests of one case. The
//! arguments are the case and the number of requests. Without arguments it serves each case, to show that it
//! works.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a benchmark panics on an unexpected result"
)]

use std::hint::black_box;
use std::time::{Duration, SystemTime};

use auth_runtime::session::{MemorySessions, SessionDigest, SessionRecord, SessionStore};
use auth_runtime::testing::Issuer;
use auth_runtime::{Auth, Identity, Sessions, require_auth};
use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::header::{AUTHORIZATION, COOKIE, HeaderName, HeaderValue};
use axum::http::{Request, StatusCode};
use axum::routing::get;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use futures_util::FutureExt;
use sha2::{Digest as _, Sha256};
use tokio::runtime::Builder;
use tower::Service;

struct Case {
    name: &'static str,
    app: fn(&Issuer) -> Router,
    /// The header field with the credential of the request with this number.
    credential: fn(&Issuer, usize) -> Option<(HeaderName, String)>,
    status: StatusCode,
}

const GRANTED: &str = "orders:read orders:write";

const CASES: [Case; 11] = [
    Case {
        name: "bare",
        app: |_| Router::new().route("/", get(bare)),
        credential: |issuer, _| bearer(token(issuer, 0, GRANTED)),
        status: StatusCode::OK,
    },
    Case {
        name: "warm_allow",
        app: with_guard,
        credential: |issuer, _| bearer(token(issuer, 0, GRANTED)),
        status: StatusCode::OK,
    },
    Case {
        name: "warm_layer",
        app: with_layer,
        credential: |issuer, _| bearer(token(issuer, 0, GRANTED)),
        status: StatusCode::OK,
    },
    Case {
        name: "warm_eight_leaves",
        app: with_long_rule,
        credential: |issuer, _| bearer(token(issuer, 0, GRANTED)),
        status: StatusCode::OK,
    },
    Case {
        name: "warm_session",
        app: with_session,
        credential: |_, _| Some((COOKIE, session_cookie())),
        status: StatusCode::OK,
    },
    Case {
        name: "anonymous",
        app: with_guard,
        credential: |_, _| None,
        status: StatusCode::UNAUTHORIZED,
    },
    Case {
        name: "malformed",
        app: with_guard,
        credential: |_, _| bearer("not-a-token".to_owned()),
        status: StatusCode::UNAUTHORIZED,
    },
    Case {
        name: "wrong_algorithm",
        app: with_guard,
        credential: |issuer, _| bearer(issuer.token("caller").header("alg", "RS256").sign()),
        status: StatusCode::UNAUTHORIZED,
    },
    Case {
        name: "scope_missing",
        app: with_guard,
        credential: |issuer, _| bearer(token(issuer, 0, "orders:list orders:write")),
        status: StatusCode::FORBIDDEN,
    },
    Case {
        name: "expired_again",
        app: with_guard,
        credential: |issuer, _| bearer(issuer.token("caller").claim("exp", 1_700_000_000).sign()),
        status: StatusCode::UNAUTHORIZED,
    },
    Case {
        name: "cold_hs256",
        app: with_guard,
        credential: |issuer, number| bearer(token(issuer, number, GRANTED)),
        status: StatusCode::OK,
    },
];

fn main() {
    let mut arguments = std::env::args()
        .skip(1)
        .filter(|argument| !argument.starts_with("--"));
    match (arguments.next(), arguments.next()) {
        (Some(name), Some(requests)) => {
            let case = CASES.iter().find(|case| case.name == name);
            run(case.expect("a case"), requests.parse().unwrap());
        }
        _ => CASES.iter().for_each(|case| run(case, 1)),
    }
}

fn run(case: &Case, requests: usize) {
    let secret = b"a secret of thirty-two bytes, ok";
    let issuer = Issuer::with_secret("https://issuer.example", "https://api.example", secret);
    let mut app = (case.app)(&issuer);
    let request = |number| request((case.credential)(&issuer, number));
    let requests = (1..=requests).map(request).collect();

    // Work that only the first request does, such as verifying the token of all requests.
    assert_eq!(answer(&mut app, request(0)), case.status);
    counted(&mut app, requests, case.status);
}

/// The function that is measured: callgrind is given this name.
#[inline(never)]
fn counted(app: &mut Router, requests: Vec<Request<Body>>, status: StatusCode) {
    for request in requests {
        assert_eq!(answer(app, request), status);
    }
}

/// Without an executor, because its instructions would be counted. No case waits for anything.
fn answer(app: &mut Router, request: Request<Body>) -> StatusCode {
    let response = app.call(request).now_or_never().expect("an answer at once");
    response.unwrap().status()
}

fn with_guard(issuer: &Issuer) -> Router {
    let auth = Auth::builder().bearer(issuer.jwt()).build().unwrap();
    auth_runtime::Router::new()
        .route("/", auth_runtime::routing::get(guarded))
        .with_auth(auth)
}

fn with_layer(issuer: &Issuer) -> Router {
    let auth = Auth::builder().bearer(issuer.jwt()).build().unwrap();
    Router::new().route("/", get(guarded)).layer(auth.layer())
}

fn with_long_rule(issuer: &Issuer) -> Router {
    let auth = Auth::builder().bearer(issuer.jwt()).build().unwrap();
    auth_runtime::Router::new()
        .route("/", auth_runtime::routing::get(guarded_by_eight))
        .with_auth(auth)
}

/// With a session that is in the cache.
fn with_session(_: &Issuer) -> Router {
    let runtime = Builder::new_current_thread().enable_all().build();
    runtime.unwrap().block_on(async {
        let store = MemorySessions::new();
        let digest = SessionDigest::from_bytes(Sha256::digest(SESSION_ID).into());
        let now = SystemTime::now();
        let hour = Duration::from_secs(3600);
        let mut session = SessionRecord::new(
            digest,
            "https://issuer.example",
            "caller 0000",
            now,
            hour,
            now + hour,
        );
        session.scopes = GRANTED.split(' ').map(str::to_owned).collect();
        session.roles = vec!["support".to_owned()];
        store.insert(&session, None).await.unwrap();
        let sessions = Sessions::new(store).cache_ttl(hour);
        let auth = Auth::builder()
            .sessions(sessions)
            .public_origin("https://api.example")
            .build();
        let mut app = auth_runtime::Router::new()
            .route("/", auth_runtime::routing::get(guarded))
            .with_auth(auth.unwrap());
        let first = app.call(request(Some((COOKIE, session_cookie()))));
        assert_eq!(first.await.unwrap().status(), StatusCode::OK);
        app
    })
}

const SESSION_ID: [u8; 32] = [7; 32];

fn session_cookie() -> String {
    format!("__Host-Http-sid={}", URL_SAFE_NO_PAD.encode(SESSION_ID))
}

async fn bare() -> &'static str {
    "orders"
}

#[require_auth(scope = "orders:read")]
async fn guarded(caller: Identity) -> &'static str {
    black_box(caller);
    "orders"
}

#[require_auth(any(
    all(scope = "orders:admin", role = "admin"),
    all(scope = "orders:refund", role = "clerk"),
    all(
        not(role = "trial"),
        role = "support",
        scope = "orders:read",
        scope = "orders:write"
    ),
))]
async fn guarded_by_eight(caller: Identity) -> &'static str {
    black_box(caller);
    "orders"
}

/// The token is the same in every run.
fn token(issuer: &Issuer, number: usize, scopes: &str) -> String {
    issuer
        .token(&format!("caller {number:04}"))
        .scope(scopes)
        .role("support")
        .claim("iat", 1_700_000_000)
        .claim("exp", 4_000_000_000_u64)
        .sign()
}

#[allow(
    clippy::needless_pass_by_value,
    clippy::unnecessary_wraps,
    reason = "as the cases need it"
)]
fn bearer(token: String) -> Option<(HeaderName, String)> {
    Some((AUTHORIZATION, format!("Bearer {token}")))
}

/// A request as hyper makes it: the values of header fields share the buffer of the connection.
fn request(credential: Option<(HeaderName, String)>) -> Request<Body> {
    let mut request = Request::get("/");
    if let Some((name, value)) = credential {
        let start = name.as_str().len() + 2;
        let buffer = Bytes::from(format!("{name}: {value}\r\n"));
        let value = buffer.slice(start..buffer.len() - 2);
        request = request.header(name, HeaderValue::from_maybe_shared(value).unwrap());
    }
    request.body(Body::empty()).unwrap()
}
