//! jwt-authorizer: a layer that verifies the token and checks the claims, for axum 0.7. It does not check `typ`.

use std::hint::black_box;

use auth_runtime::keys::Algorithm;
use auth_runtime::testing::Issuer;
use axum_0_7::Router;
use axum_0_7::routing::get;
use jwt_authorizer::{IntoLayer, JwtAuthorizer, JwtClaims, Validation};
use serde::Deserialize;
use serde_json::Value;

use super::Served;
use crate::app::{App, at_once};
use crate::application::{AUDIENCE, ISSUER, SCOPE, SECRET, bearer, issuer, token};

pub(super) fn build(algorithm: Algorithm) -> Served {
    let issuer = issuer(algorithm);
    let builder = if algorithm.is_symmetric() {
        JwtAuthorizer::from_secret(SECRET)
    } else {
        JwtAuthorizer::from_jwks_text(&jwks(algorithm, &issuer))
    };
    let validation = Validation::new().iss(&[ISSUER]).aud(&[AUDIENCE]).nbf(true);
    let authorizer = builder
        .validation(validation)
        .check(|caller: &Caller| caller.scope.split(' ').any(|scope| scope == SCOPE))
        .build();
    let authorizer = at_once(authorizer).expect("a valid configuration");

    let router = Router::new()
        .route("/", get(handler))
        .layer(authorizer.into_layer());
    let token = token(&issuer).sign();
    Served::repeating(App::Axum07(router), bearer(&token))
}

/// With `alg`: for an Ed25519 key without one, jwt-authorizer 0.15 expects HS256.
fn jwks(algorithm: Algorithm, issuer: &Issuer) -> String {
    let mut keys: Value = serde_json::from_str(&issuer.jwks()).expect("a JWK Set");
    keys["keys"][0]["alg"] = algorithm.name().into();
    keys.to_string()
}

async fn handler(JwtClaims(caller): JwtClaims<Caller>) -> &'static str {
    black_box(caller);
    "orders"
}

#[derive(Clone, Deserialize)]
#[allow(dead_code, reason = "a handler of an application would read them")]
struct Caller {
    sub: String,
    scope: String,
    #[serde(default)]
    roles: Vec<String>,
}
