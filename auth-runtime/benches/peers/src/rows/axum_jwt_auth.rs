//! axum-jwt-auth: an extractor. It does not check `typ`, and leaves the scope to the handler.

use std::hint::black_box;
use std::sync::Arc;

use auth_runtime::keys::Algorithm;
use axum::Router;
use axum::routing::get;
use axum_jwt_auth::{Claims, Decoder, LocalDecoder};
use http::StatusCode;
use jsonwebtoken_10::jwk::JwkSet;
use jsonwebtoken_10::{DecodingKey, Validation};

use super::Served;
use super::hand_written::Caller;
use crate::app::App;
use crate::application::{AUDIENCE, ISSUER, SCOPE, SECRET, bearer, issuer, token};

pub(super) fn build(algorithm: Algorithm) -> Served {
    let issuer = issuer(algorithm);
    let key = if algorithm.is_symmetric() {
        DecodingKey::from_secret(SECRET.as_bytes())
    } else {
        let keys: JwkSet = serde_json::from_str(&issuer.jwks()).expect("a JWK Set");
        DecodingKey::from_jwk(&keys.keys[0]).expect("a valid key")
    };
    let mut validation = Validation::new(algorithm.name().parse().expect("a known algorithm"));
    validation.set_issuer(&[ISSUER]);
    validation.set_audience(&[AUDIENCE]);
    validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
    validation.validate_nbf = true;
    let decoder = LocalDecoder::new(vec![key], validation).expect("a valid configuration");
    let decoder: Decoder<Caller> = Arc::new(decoder);

    let router = Router::new().route("/", get(handler)).with_state(decoder);
    let token = token(&issuer).sign();
    Served::repeating(App::Axum(router), bearer(&token))
}

async fn handler(caller: Claims<Caller>) -> Result<&'static str, StatusCode> {
    let scopes = &caller.claims.scope;
    if !scopes.split(' ').any(|scope| scope == SCOPE) {
        return Err(StatusCode::FORBIDDEN);
    }
    black_box(caller);
    Ok("orders")
}
