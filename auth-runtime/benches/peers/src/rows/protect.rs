//! protect-axum: an attribute that checks permissions. The application puts them into the request. Here it verifies the
//! token as the hand-written extractor does.

use std::collections::HashSet;
use std::hint::black_box;
use std::sync::Arc;

use auth_runtime::keys::Algorithm;
use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Extension, Router};
use http::StatusCode;
use http::header::AUTHORIZATION;
use protect_axum::{GrantsLayer, protect};

use super::Served;
use super::hand_written::{Caller, Trust};
use crate::app::App;
use crate::application::{bearer, issuer, token};

pub(super) fn build(algorithm: Algorithm) -> Served {
    let issuer = issuer(algorithm);
    let trust = Arc::new(Trust::new(algorithm, &issuer));
    let router = Router::new()
        .route("/", get(handler))
        .layer(GrantsLayer::with_extractor(permissions))
        .layer(Extension(trust));
    let token = token(&issuer).sign();
    Served::repeating(App::Axum(router), bearer(&token))
}

#[protect("orders:read")]
async fn handler(Extension(caller): Extension<Arc<Caller>>) -> &'static str {
    black_box(caller);
    "orders"
}

async fn permissions(request: &mut Request) -> Result<HashSet<String>, Response> {
    let caller = verify(request).ok_or_else(|| StatusCode::UNAUTHORIZED.into_response())?;
    let scopes = caller.scope.split(' ').map(str::to_owned).collect();
    request.extensions_mut().insert(Arc::new(caller));
    Ok(scopes)
}

fn verify(request: &Request) -> Option<Caller> {
    let value = request.headers().get(AUTHORIZATION)?.to_str().ok()?;
    let trust = request.extensions().get::<Arc<Trust>>()?;
    trust.verify(value.strip_prefix("Bearer ")?)
}
