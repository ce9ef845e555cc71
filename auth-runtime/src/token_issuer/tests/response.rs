//! The response of a token endpoint (RFC 6749 section 5.1).

use axum::body::to_bytes;
use axum::response::IntoResponse;
use serde_json::json;

use super::*;
use crate::RefreshTokens;
use crate::refresh_token::{MemoryRefreshTokens, RefreshError};
use crate::token_issuer::{TokenError, TokenResponse};

/// The body without the access token, and the access token.
async fn sent(response: TokenResponse) -> (Value, String) {
    let response = response.into_response();
    assert_eq!(response.status(), 200);
    assert_eq!(response.headers()["content-type"], "application/json");
    assert_eq!(response.headers()["cache-control"], "no-store");
    assert_eq!(response.headers()["pragma"], "no-cache");
    let body = to_bytes(response.into_body(), 4096).await.unwrap();
    let mut body: Value = serde_json::from_slice(&body).unwrap();
    let token = body["access_token"].take();
    (body, token.as_str().unwrap().to_owned())
}

#[tokio::test]
async fn a_token_response_has_the_lifetime_and_the_scopes_of_its_token() {
    let issuer = issuer();
    let (body, token) = sent(issuer.token("alice").token_response().unwrap()).await;
    let expected = json!({ "access_token": null, "token_type": "Bearer", "expires_in": 300 });
    assert_eq!(body, expected);
    assert_eq!(decoded(&token).1["sub"], "alice");

    let token = issuer
        .token("alice")
        .scopes(["orders:read", "orders:write"]);
    let token = token.lifetime(Duration::from_millis(60_900));
    let (body, token) = sent(token.token_response().unwrap()).await;
    let expected = json!({
        "access_token": null, "token_type": "Bearer", "expires_in": 60,
        "scope": "orders:read orders:write",
    });
    assert_eq!(body, expected);
    let claims = decoded(&token).1;
    assert_eq!(
        claims["exp"].as_u64().unwrap() - claims["iat"].as_u64().unwrap(),
        60
    );
}

#[tokio::test]
async fn a_token_response_may_have_a_refresh_token_and_its_debug_output_shows_no_token() {
    let issuer = issuer();
    let tokens = RefreshTokens::builder(&issuer, SECRET, MemoryRefreshTokens::new());
    let refresh_token = tokens.build().unwrap().issue("alice").await.unwrap();
    let response = issuer.token("alice").token_response().unwrap();
    let response = response.with_refresh_token(&refresh_token);
    let debug = format!("{response:?}");
    let (body, token) = sent(response).await;
    assert_eq!(body["refresh_token"], refresh_token.reveal());
    assert!(debug.contains("300"), "{debug}");
    assert!(
        !debug.contains(&token) && !debug.contains(refresh_token.reveal()),
        "{debug}"
    );
}

#[tokio::test]
async fn a_token_that_can_not_be_signed_is_an_error_of_the_service() {
    let error = issuer().token("").token_response().unwrap_err();
    assert_eq!(error, TokenError::EmptySubject);
    for response in [
        error.clone().into_response(),
        RefreshError::from(error).into_response(),
    ] {
        assert_eq!(response.status(), 500);
        assert_eq!(response.headers()["cache-control"], "no-store");
        let body = to_bytes(response.into_body(), 100).await.unwrap();
        assert!(body.is_empty());
    }
}
