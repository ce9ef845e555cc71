//! What the log says about refresh tokens, and that it has no part of one.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, UNIX_EPOCH};

use auth_runtime::keys::SigningKey;
use auth_runtime::refresh_token::{MemoryRefreshTokens, RefreshError};
use auth_runtime::{RefreshTokens, TokenIssuer};
use auth_tests::logs::Capture;
use axum::response::IntoResponse as _;
use tracing::Level;

const SHOP: &str = "https://shop.example";

fn refresh_tokens(seconds: Arc<AtomicU64>) -> RefreshTokens {
    let issuer = TokenIssuer::builder(SHOP, SigningKey::generate()).audience(SHOP);
    let secret = "a secret of at least thirty-two bytes";
    let store = MemoryRefreshTokens::new();
    RefreshTokens::builder(&issuer.build().unwrap(), secret, store)
        .clock(move || UNIX_EPOCH + Duration::from_secs(seconds.load(Ordering::Relaxed)))
        .build()
        .unwrap()
}

#[tokio::test]
async fn reuse_is_one_warning_that_names_the_subject_and_the_session() {
    let seconds = Arc::new(AtomicU64::new(1_700_000_000));
    let tokens = refresh_tokens(Arc::clone(&seconds));
    let capture = Capture::start();
    let first = tokens.issue("alice").await.unwrap();
    let second = tokens.rotate(first.reveal()).await.unwrap();
    // Within the grace period, and a token that this service did not make.
    assert!(tokens.rotate(first.reveal()).await.is_ok());
    assert!(tokens.rotate("rt_made-up").await.is_err());
    assert!(capture.take_runtime_events().is_empty());

    seconds.fetch_add(11, Ordering::Relaxed);
    assert!(tokens.rotate(first.reveal()).await.is_err());
    // The login has ended.
    assert!(tokens.rotate(first.reveal()).await.is_err());
    assert!(tokens.rotate(second.reveal()).await.is_err());
    let events = capture.take_runtime_events();
    let logged = events.everything();
    for token in [&first, &second] {
        // The code, which is the secret part.
        assert!(!logged.contains(&token.reveal()[30..]), "{logged}");
    }
    let event = events.only();
    assert_eq!(event.level, Level::WARN);
    assert_eq!(
        event.message(),
        "a refresh token was used again after it was replaced: its login has been ended"
    );
    assert_eq!(event.names(), ["message", "subject", "session"]);
    assert_eq!(event.field("subject"), Some("alice"));
    assert_eq!(event.field("session"), Some(first.login().session_id()));
}

#[test]
fn an_access_token_that_could_not_be_signed_is_an_error_with_the_reason() {
    let issuer = TokenIssuer::builder(SHOP, SigningKey::generate()).audience(SHOP);
    let capture = Capture::start();
    let error = issuer.build().unwrap().token("").sign().unwrap_err();
    assert_eq!(error.into_response().status(), 500);
    let event = capture.take_runtime_events().only();
    assert_eq!(event.level, Level::ERROR);
    assert_eq!(
        event.message(),
        "an access token could not be signed, so the request was answered 500"
    );
    assert_eq!(
        event.field("error"),
        Some("the subject of the token is empty")
    );
}

#[tokio::test]
async fn a_token_that_could_not_be_checked_is_an_error_with_the_reason() {
    let capture = Capture::start();
    let response = RefreshError::Unavailable("the database is down".into()).into_response();
    assert_eq!(response.status(), 503);
    let event = capture.take_runtime_events().only();
    assert_eq!(event.level, Level::ERROR);
    assert_eq!(
        event.message(),
        "a refresh token could not be checked, so it was answered 503"
    );
    assert_eq!(event.field("error"), Some("the database is down"));
}
