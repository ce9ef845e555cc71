//! What an application writes without a crate for it: an extractor around `jsonwebtoken::decode`.

use std::hint::black_box;
use std::sync::Arc;

use auth_runtime::keys::Algorithm;
use auth_runtime::testing::Issuer;
use axum::Router;
use axum::extract::FromRequestParts;
use axum::routing::get;
use http::StatusCode;
use http::header::AUTHORIZATION;
use http::request::Parts;
use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{DecodingKey, Validation, decode};
use serde::Deserialize;

use super::Served;
use crate::app::App;
use crate::application::{AUDIENCE, ISSUER, SCOPE, SECRET, bearer, issuer, token};

pub(super) fn build(algorithm: Algorithm) -> Served {
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

/// The key and the checks of one issuer.
pub(super) struct Trust {
    key: DecodingKey,
    validation: Validation,
}

impl Trust {
    pub(super) fn new(algorithm: Algorithm, issuer: &Issuer) -> Self {
        let key = if algorithm.is_symmetric() {
            DecodingKey::from_secret(SECRET.as_bytes()).expect("a valid secret")
        } else {
            let keys: JwkSet = serde_json::from_str(&issuer.jwks()).expect("a JWK Set");
            DecodingKey::from_jwk(&keys.keys[0]).expect("a valid key")
        };
        let algorithm = algorithm.name().parse().expect("a known algorithm");
        let mut validation = Validation::new(algorithm);
        validation.set_issuer(&[ISSUER]);
        validation.set_audience(&[AUDIENCE]);
        validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        validation.validate_nbf = true;
        Self { key, validation }
    }

    /// `None` if the token is not valid or not an access token.
    pub(super) fn verify(&self, token: &str) -> Option<Caller> {
        let token = decode::<Caller>(token, &self.key, &self.validation).ok()?;
        (token.header.typ.as_deref() == Some("at+jwt")).then_some(token.claims)
    }
}

#[derive(Debug, Deserialize)]
#[allow(dead_code, reason = "a handler of an application would read them")]
pub(super) struct Caller {
    pub(super) sub: String,
    pub(super) scope: String,
    #[serde(default)]
    pub(super) roles: Vec<String>,
}

impl FromRequestParts<Arc<Trust>> for Caller {
    type Rejection = StatusCode;

    async fn from_request_parts(parts: &mut Parts, trust: &Arc<Trust>) -> Result<Self, StatusCode> {
        let token = parts
            .headers
            .get(AUTHORIZATION)
            .and_then(|value| value.to_str().ok())
            .and_then(|value| value.strip_prefix("Bearer "))
            .ok_or(StatusCode::UNAUTHORIZED)?;
        let caller = trust.verify(token).ok_or(StatusCode::UNAUTHORIZED)?;
        if !caller.scope.split(' ').any(|scope| scope == SCOPE) {
            return Err(StatusCode::FORBIDDEN);
        }
        Ok(caller)
    }
}
