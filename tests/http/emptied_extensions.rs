//! An extractor of a check may remove the extensions of the request, where this crate keeps the `Auth`. The rule of the
//! route is enforced nevertheless.

use std::convert::Infallible;

use auth_runtime::testing::Issuer;
use auth_runtime::{Auth, Router, require_auth, routing::get};
use auth_tests::application::{AUDIENCE, ISSUER, build};
use auth_tests::client::Request;
use auth_tests::server::Server;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;

/// Removes the extensions, as an extractor that moves them out of the request does.
struct RemoveExtensions;

impl<S: Send + Sync> FromRequestParts<S> for RemoveExtensions {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        parts.extensions.clear();
        Ok(Self)
    }
}

#[require_auth(any(role = "admin", check("denies") = |_: RemoveExtensions| false))]
async fn forbidden() {}

#[require_auth(check("denies") = |_: RemoveExtensions| false, hide)]
async fn hidden() {}

#[require_auth(check("denies") = |_: RemoveExtensions| false, hide = "always")]
async fn hidden_always() {}

#[require_auth(check("allows") = |_: RemoveExtensions| true)]
async fn allowed() {}

#[tokio::test]
async fn a_check_that_empties_the_extensions_changes_no_decision() {
    let issuer = Issuer::new(ISSUER, AUDIENCE);
    let app = Router::new()
        .route("/forbidden", get(forbidden))
        .route("/hidden", get(hidden))
        .route("/hidden-always", get(hidden_always))
        .route("/allowed", get(allowed))
        .with_auth(build(Auth::builder().bearer(issuer.jwt())));
    let server = Server::start(app).await;
    let token = issuer.token("alice").sign();
    for (path, status) in [
        ("/forbidden", 403),
        ("/hidden", 404),
        ("/hidden-always", 404),
        ("/allowed", 200),
    ] {
        let response = server.send(&Request::get(path).bearer(&token)).await;
        assert_eq!(response.status, status, "{path}");
    }
}
