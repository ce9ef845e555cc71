//! A token is verified once per request, however many guards and extractors need it. Each
//! verification and each decision reads the clock once.

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
    // One reading of the clock to verify, one to decide.
    for path in [
        "/guarded",
        "/guarded-and-asked",
        "/optional-and-asked",
        "/middleware/guarded",
        "/middleware/guarded-and-asked",
    ] {
        assert_eq!(count(path, &token, 200).await, 2, "{path}");
    }
    // Nothing to decide.
    assert_eq!(count("/asked", &token, 200).await, 1);
    assert_eq!(count("/middleware/asked", &token, 200).await, 1);

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
