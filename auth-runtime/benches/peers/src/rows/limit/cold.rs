//! The limit for a token that is verified for each request.

use std::hint::black_box;
use std::sync::Arc;

use auth_runtime::keys::Algorithm;
use axum::Router;
use axum::extract::FromRequestParts;
use axum::routing::get;
use http::StatusCode;
use http::request::Parts;

use super::verify::{Caller, Trust, bearer_token};
use crate::app::App;
use crate::application::{SCOPE, bearer, issuer, token};
use crate::rows::Served;

pub(in crate::rows) fn build(algorithm: Algorithm) -> Served {
    let issuer = issuer(algorithm);
    let router = Router::new()
        .route("/", get(handler))
        .with_state(Arc::new(Trust::new(algorithm, &issuer)));
    let token = token(&issuer).sign();
    Served::repeating(App::Axum(router), bearer(&token))
}

async fn handler(caller: Caller) -> &'static str {
    black_box(caller);
    "orders"
}

impl FromRequestParts<Arc<Trust>> for Caller {
    type Rejection = StatusCode;

    async fn from_request_parts(parts: &mut Parts, trust: &Arc<Trust>) -> Result<Self, StatusCode> {
        let caller = bearer_token(&parts.headers)
            .and_then(|token| trust.verify(token))
            .ok_or(StatusCode::UNAUTHORIZED)?;
        if !caller.scopes().any(|scope| scope == SCOPE) {
            return Err(StatusCode::FORBIDDEN);
        }
        Ok(caller)
    }
}
