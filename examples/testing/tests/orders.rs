//! The rules of the application, without a network: requests go to the router directly.

#![allow(clippy::unwrap_used, reason = "whatever goes wrong fails the test")]

use auth_runtime::Auth;
use auth_runtime::testing::{Issuer, Token};
use axum::body::{Body, to_bytes};
use axum::http::Request;
use axum::http::header::{AUTHORIZATION, WWW_AUTHENTICATE};
use axum::response::Response;
use testing::{app, routes};
use tower::ServiceExt;

fn issuer() -> Issuer {
    Issuer::new("https://issuer.example", "https://api.example")
}

/// Sends one request to an application that trusts `issuer`.
async fn get(issuer: &Issuer, path: &str, token: Option<Token>) -> Response {
    let auth = Auth::builder().bearer(issuer.jwt()).build().unwrap();
    let mut request = Request::get(path);
    if let Some(token) = token {
        request = request.header(AUTHORIZATION, format!("Bearer {}", token.sign()));
    }
    let request = request.body(Body::empty()).unwrap();
    app(auth).oneshot(request).await.unwrap()
}

#[tokio::test]
async fn a_reader_lists_their_orders() {
    let issuer = issuer();
    let alice = issuer.token("alice").scope("orders:read");
    let response = get(&issuer, "/orders", Some(alice)).await;
    assert_eq!(response.status(), 200);
    let body = to_bytes(response.into_body(), 1024).await.unwrap();
    assert_eq!(body, "The orders of alice\n");
}

#[tokio::test]
async fn without_the_scope_a_caller_gets_403() {
    let issuer = issuer();
    let alice = issuer.token("alice").scope("orders:write");
    assert_eq!(get(&issuer, "/orders", Some(alice)).await.status(), 403);
}

#[tokio::test]
async fn an_anonymous_request_gets_401_and_a_challenge() {
    let response = get(&issuer(), "/orders", None).await;
    assert_eq!(response.status(), 401);
    assert_eq!(
        response.headers()[WWW_AUTHENTICATE],
        r#"Bearer realm="api", scope="orders:read""#
    );
}

#[tokio::test]
async fn a_token_of_another_issuer_gets_401() {
    let other = Issuer::new("https://other.example", "https://api.example");
    let alice = other.token("alice").scope("orders:read");
    assert_eq!(get(&issuer(), "/orders", Some(alice)).await.status(), 401);
}

#[tokio::test]
async fn an_account_is_for_its_user_and_for_the_support() {
    let issuer = issuer();
    for (token, status) in [
        (issuer.token("alice"), 200),
        (issuer.token("bob"), 403),
        (issuer.token("bob").role("support"), 200),
    ] {
        let response = get(&issuer, "/users/alice", Some(token)).await;
        assert_eq!(response.status(), status);
    }
}

/// Fails when a route or its rule changes, so that the change is reviewed.
#[test]
fn the_access_map_is_the_reviewed_one() {
    let map = routes().access_map().to_string();
    assert_eq!(map, include_str!("access_map.txt"), "\n{map}");
}
