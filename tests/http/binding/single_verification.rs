//! A token is verified once per request, however many guards and extractors need it. Each
//! verification reads the clock once, and so does each decision about the age of the login.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::SystemTime;

use auth_runtime::testing::Issuer;
use auth_runtime::{Auth, BearerToken, Claims, Identity, optional_auth, require_auth};
use auth_tests::application::{AUDIENCE, ISSUER, build};
use auth_tests::client::Request;
use auth_tests::server::Server;
use axum::Router;
use axum::middleware::from_fn;
use axum::routing::get;
use serde_json::Value;

use super::looks;

#[require_auth(scope = "read")]
async fn guarded() {}

#[require_auth(max_age = "5m")]
async fn recent() {}

#[require_auth(scope = "read")]
async fn guarded_and_asked(
    _: Identity,
    _: Option<Identity>,
    _: Claims<Value>,
    _: Option<Claims<Value>>,
    _: BearerToken,
    _: Identity,
) {
}

#[optional_auth]
async fn optional_and_asked(_: Option<Identity>, _: Option<Claims<Value>>, _: Option<Identity>) {}

async fn asked(
    _: Identity,
    _: Option<Identity>,
    _: Claims<Value>,
    _: Option<Claims<Value>>,
    _: BearerToken,
    _: Identity,
) {
}

fn now() -> u64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    since.unwrap().as_secs()
}

#[tokio::test]
async fn a_token_is_verified_once_per_request() {
    let issuer = Issuer::new(ISSUER, AUDIENCE);
    let looked = Arc::new(AtomicUsize::new(0));
    let clock = {
        let looked = Arc::clone(&looked);
        move || {
            looked.fetch_add(1, Ordering::SeqCst);
            SystemTime::now()
        }
    };
    let routes = || {
        Router::new()
            .route("/guarded", get(guarded))
            .route("/guarded-and-asked", get(guarded_and_asked))
            .route("/optional-and-asked", get(optional_and_asked))
            .route("/asked", get(asked))
            .route("/recent", get(recent))
    };
    let app = routes()
        .nest(
            "/middleware",
            routes().layer(from_fn(looks)).layer(from_fn(looks)),
        )
        .layer(build(Auth::builder().bearer(issuer.jwt()).clock(clock)).layer());
    let server = Server::start(app).await;
    let token = issuer.token("alice").scope("read").sign();

    let count = async |path: &str, token: &str, status: u16| {
        let before = looked.load(Ordering::SeqCst);
        let response = server.send(&Request::get(path).bearer(token)).await;
        assert_eq!(response.status, status, "{path}");
        looked.load(Ordering::SeqCst) - before
    };
    for path in [
        "/guarded",
        "/guarded-and-asked",
        "/optional-and-asked",
        "/asked",
        "/middleware/guarded",
        "/middleware/guarded-and-asked",
        "/middleware/asked",
    ] {
        assert_eq!(count(path, &token, 200).await, 1, "{path}");
    }
    let recent = issuer.token("alice").claim("auth_time", now()).sign();
    assert_eq!(count("/recent", &recent, 200).await, 2);
    assert_eq!(count("/middleware/recent", &recent, 200).await, 2);

    // A refusal is remembered too.
    let forged = Issuer::new(ISSUER, AUDIENCE).token("alice").sign();
    for path in [
        "/guarded",
        "/asked",
        "/middleware/guarded-and-asked",
        "/middleware/asked",
    ] {
        assert!(count(path, &forged, 401).await <= 1, "{path}");
    }
}
