//! The linted handlers on `auth_runtime::Router` respond as expected.

#![deny(
    warnings,
    missing_docs,
    unreachable_pub,
    private_interfaces,
    private_bounds,
    unused_qualifications,
    unused_results,
    rust_2018_idioms,
    let_underscore_drop,
    single_use_lifetimes,
    trivial_casts,
    unnameable_types,
    unused,
    clippy::all,
    clippy::pedantic,
    clippy::nursery,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    clippy::std_instead_of_core,
    clippy::absolute_paths,
    clippy::missing_docs_in_private_items,
    clippy::allow_attributes_without_reason
)]
#![allow(
    clippy::expect_used,
    reason = "this is test code: a helper that fails ends the test"
)]

use core::convert::Infallible;

use auth_runtime::{
    Auth, Guard, Router, guard, policy,
    routing::{MethodFilter, MethodRouter, any, get, on, post},
    testing::Issuer,
};
use axum::{
    Extension,
    body::Body,
    extract::Request as Received,
    handler::Handler as _,
    http::{Request, StatusCode},
    response::Response,
    routing,
};
use tower::{ServiceExt as _, service_fn};

use super::handlers::{
    CanRefund, Shop, any_caller, check_of_a_bool, generic_check, generic_scope, health, maybe,
    named_policy, no_arguments, seven,
};

/// Works here.
#[policy(role = "staff")]
pub struct Staff;

/// A page that is not a handler.
async fn page(_: Received) -> Result<Response, Infallible> {
    Ok(Response::default())
}

/// The methods of one path.
pub fn orders() -> MethodRouter<Shop> {
    get(no_arguments).post(seven).fallback(maybe)
}

/// With any shop.
pub fn anywhere<S: Clone + Send + Sync + 'static>() -> Router<S> {
    Router::new().route("/health", get(health))
}

/// All of them.
pub fn routes() -> Router<Shop> {
    Router::new()
        .route("/orders", orders())
        .route("/any_caller", get(any_caller.layer(Extension("layered"))))
        .route("/any", any(named_policy))
        .route("/bool/{owner}", on(MethodFilter::GET, check_of_a_bool))
        .route("/generic", get(generic_scope::<Shop>))
        .route("/generic_check", post(generic_check::<Shop, (), 1>))
        .route("/closure", get(|_: Guard<CanRefund>| async { "refunded" }))
        .route("/policy", get(named_policy))
        .route_service("/page", guard::<Staff>().layer(service_fn(page)))
        .route_unguarded("/robots.txt", routing::get("all"), "for crawlers")
        .nest("/anywhere", anywhere())
        .layer(Extension("every"))
}

#[tokio::test]
async fn the_linted_routes_have_their_expected_statuses() {
    let issuer = Issuer::new("https://issuer.example", "https://api.example");
    let auth = Auth::builder()
        .bearer(issuer.jwt())
        .build()
        .expect("a valid configuration");
    let app: axum::Router = routes().with_state(Shop).with_auth(auth);
    let value = format!("Bearer {}", issuer.token("alice").scope("read").sign());
    for (path, status) in [
        ("/orders", StatusCode::OK),
        ("/any_caller", StatusCode::OK),
        ("/bool/alice", StatusCode::OK),
        ("/bool/bob", StatusCode::FORBIDDEN),
        ("/closure", StatusCode::FORBIDDEN),
        ("/page", StatusCode::FORBIDDEN),
        ("/robots.txt", StatusCode::OK),
        ("/anywhere/health", StatusCode::OK),
    ] {
        let request = Request::get(path).header("authorization", &value);
        let request = request.body(Body::empty()).expect("a request");
        let Ok(response) = app.clone().oneshot(request).await;
        assert_eq!(response.status(), status, "{path}");
    }
}
