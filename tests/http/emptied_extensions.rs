//! An extractor of a check may take the extensions of the request, where this crate keeps the `Auth`. The rule of the
//! route decides all the same.

use std::convert::Infallible;

use auth_runtime::testing::Issuer;
use auth_runtime::{Auth, Router, require_auth, routing::get};
use auth_tests::application::{AUDIENCE, ISSUER, build};
use auth_tests::client::Request;
use auth_tests::server::Server;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;

/// Takes the extensions, as a snapshot of the request might.
struct Emptied;

impl<S: Send + Sync> FromRequestParts<S> for Emptied {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        parts.extensions.clear();
        Ok(Self)
    }
}

#[require_auth(any(role = "admin", check("denies") = |_: Emptied| false))]
async fn forbidden() {}

#[require_auth(check("denies") = |_: Emptied| false, hide)]
async fn hidden() {}

#[require_auth(check("denies") = |_: Emptied| false, hide = "always")]
async fn hidden_always() {}

#[require_auth(check("allows") = |_: Emptied| true)]
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
