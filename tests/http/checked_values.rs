//! A value that a check loads reaches the handler only if the check's alternative allowed the
//! request.

use auth_runtime::testing::Issuer;
use auth_runtime::{Allowed, Auth, CheckError, Checked, render, require_auth};
use auth_tests::application::{AUDIENCE, ISSUER, build};
use auth_tests::client::{Request, Response};
use auth_tests::server::Server;
use axum::Router;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response as Answer};
use axum::routing::get;

#[derive(Clone)]
struct Order(&'static str);

fn text(order: Option<Checked<Order>>) -> &'static str {
    order.map_or("nothing", |Checked(Order(text))| text)
}

#[require_auth(any(
    all(check("loads") = || Allowed::with(Order("secret")), check("denies") = || false),
    check("lets in") = || true,
))]
async fn failed_alternative(order: Option<Checked<Order>>) -> &'static str {
    text(order)
}

#[require_auth(any(
    all(check("loads") = || Allowed::with(Order("mine")), check("agrees") = || true),
    check("is not asked") = || true,
))]
async fn good_alternative(order: Option<Checked<Order>>) -> &'static str {
    text(order)
}

/// Hides the `Checked` from the macro.
struct Smuggled;

impl<S: Send + Sync> axum::extract::FromRequestParts<S> for Smuggled {
    type Rejection = auth_runtime::AuthRejection;

    async fn from_request_parts(
        parts: &mut axum::http::request::Parts,
        state: &S,
    ) -> Result<Self, Self::Rejection> {
        Checked::<Order>::from_request_parts(parts, state).await?;
        Ok(Self)
    }
}

#[require_auth]
async fn never_loaded(_: Smuggled) {}

/// Turns the refusal of an extractor of `auth_runtime` into a success status.
struct AlwaysFine;

impl<S: Send + Sync> axum::extract::FromRequestParts<S> for AlwaysFine {
    type Rejection = Answer;

    async fn from_request_parts(
        parts: &mut axum::http::request::Parts,
        state: &S,
    ) -> Result<Self, Answer> {
        let refused = auth_runtime::Claims::<Vec<u8>>::from_request_parts(parts, state).await;
        refused.map(|_| Self).map_err(|refusal| {
            let mut answer = refusal.into_response();
            *answer.status_mut() = StatusCode::OK;
            answer
        })
    }
}

#[require_auth(check = |_: AlwaysFine| true)]
async fn disguised() {}

#[require_auth(check = || {
    Err::<bool, _>(CheckError::unavailable("down").retry_after(std::time::Duration::from_millis(400)))
})]
async fn soon() {}

async fn send(path: &str) -> Response {
    let issuer = Issuer::new(ISSUER, AUDIENCE);
    let auth = build(
        Auth::builder()
            .bearer(issuer.jwt())
            .renderer(render::error_and_message),
    );
    let app = Router::new()
        .route("/failed", get(failed_alternative))
        .route("/good", get(good_alternative))
        .route("/never", get(never_loaded))
        .route("/disguised", get(disguised))
        .route("/soon", get(soon))
        .layer(auth.layer());
    let request = Request::get(path).bearer(issuer.token("alice").sign());
    Server::start(app).await.send(&request).await
}

#[tokio::test]
async fn a_value_loaded_in_a_failed_alternative_does_not_reach_the_handler() {
    assert_eq!(send("/failed").await.text(), "nothing");
    assert_eq!(send("/good").await.text(), "mine");
}

#[tokio::test]
async fn a_handler_without_its_checked_value_is_500_in_the_format_of_the_renderer() {
    let answer = send("/never").await;
    assert_eq!(answer.status, 500);
    assert_eq!(
        answer.text(),
        r#"{"error":"server_error","message":"The request could not be authorized"}"#
    );
}

#[tokio::test]
async fn i8_a_check_refusal_with_a_success_status_is_500() {
    assert_eq!(send("/disguised").await.status, 500);
}

#[tokio::test]
async fn i8_retry_after_of_a_check_is_never_zero() {
    assert_eq!(send("/soon").await.all("retry-after"), ["1"]);
}
