//! `#[require_auth]`, for requests that are allowed.

use std::hint::black_box;

use auth_runtime::api_key::{ApiKeys, MemoryApiKeys, NewApiKey};
use auth_runtime::bearer::TokenCache;
use auth_runtime::keys::Algorithm;
use auth_runtime::testing::{Issuer, Token};
use auth_runtime::{Auth, AuthBuilder, Identity, Router, require_auth, routing};

use super::Served;
use crate::app::{App, at_once};
use crate::application::{bearer, issuer, scopes, token, with_header};

#[require_auth(scope = "orders:read")]
pub(super) async fn handler(caller: Identity) -> &'static str {
    black_box(caller);
    "orders"
}

#[require_auth(any(
    role = "auditor",
    all(scope = "orders:list", role = "clerk"),
    all(
        scope = "orders:read",
        scope = "orders:write",
        any(role = "admin", role = "support"),
        not(role = "trial")
    )
))]
async fn eight_leaves(caller: Identity) -> &'static str {
    black_box(caller);
    "orders"
}

pub(super) fn warm(algorithm: Algorithm) -> Served {
    let issuer = issuer(algorithm);
    same_token(router(trusting(&issuer)), &token(&issuer))
}

pub(super) fn warm_behind_layer(algorithm: Algorithm) -> Served {
    let issuer = issuer(algorithm);
    let auth = trusting(&issuer).build().expect("a valid configuration");
    let router = axum::Router::new()
        .route("/", axum::routing::get(handler))
        .layer(auth.layer());
    same_token(router, &token(&issuer))
}

pub(super) fn cold(algorithm: Algorithm) -> Served {
    let issuer = issuer(algorithm);
    let auth = trusting(&issuer).token_cache(TokenCache::OFF);
    same_token(router(auth), &token(&issuer))
}

/// Each request has a new token, which is put into the cache.
pub(super) fn new_tokens(algorithm: Algorithm) -> Served {
    let issuer = issuer(algorithm);
    let token = token(&issuer);
    let app = App::Axum(router(trusting(&issuer)));
    Served::new(app, move |number| {
        bearer(&token.clone().claim("jti", number.to_string()).sign())
    })
}

pub(super) fn thousand_scopes(algorithm: Algorithm) -> Served {
    let issuer = issuer(algorithm);
    let token = token(&issuer).scope(&scopes(1000));
    let auth = trusting(&issuer).token_limit(16 * 1024);
    same_token(router(auth), &token)
}

pub(super) fn rule_of_eight_leaves(algorithm: Algorithm) -> Served {
    let issuer = issuer(algorithm);
    let auth = trusting(&issuer).build().expect("a valid configuration");
    let router = Router::new()
        .route("/", routing::get(eight_leaves))
        .with_auth(auth);
    same_token(router, &token(&issuer))
}

pub(super) fn api_key(_: Algorithm) -> Served {
    let keys = ApiKeys::new(MemoryApiKeys::new());
    let router = router(Auth::builder().api_keys(keys.clone()));
    let new = NewApiKey::new("alice")
        .scopes(["orders:read", "orders:write"])
        .roles(["support"]);
    let (_, key) = at_once(keys.create(new)).expect("a new key");
    Served::repeating(App::Axum(router), with_header("x-api-key", key.reveal()))
}

pub(super) fn trusting(issuer: &Issuer) -> AuthBuilder {
    Auth::builder().bearer(issuer.jwt())
}

pub(super) fn router(auth: AuthBuilder) -> axum::Router {
    let auth = auth.build().expect("a valid configuration");
    Router::new()
        .route("/", routing::get(handler))
        .with_auth(auth)
}

fn same_token(router: axum::Router, token: &Token) -> Served {
    let token = token.sign();
    Served::repeating(App::Axum(router), bearer(&token))
}
