//! `aliri_axum`: a layer that verifies the token, and an extractor that checks the scope. It does not check `typ`, and
//! does not have `EdDSA`.

use std::hint::black_box;

use ::aliri::{Jwk, Jwks, jwa, jwt};
use aliri_clock::UnixTime;
use aliri_oauth2::{Authority, HasScope, Scope};
use aliri_tower::Oauth2Authorizer;
use auth_runtime::keys::Algorithm;
use auth_runtime::testing::Issuer;
use axum::Router;
use axum::routing::get;
use serde::Deserialize;

use super::Served;
use crate::app::App;
use crate::application::{AUDIENCE, ISSUER, SECRET, bearer, issuer, token};

aliri_axum::scope_guard!(ReadOrders(Caller); "orders:read");

pub(super) fn build(algorithm: Algorithm) -> Served {
    let issuer = issuer(algorithm);
    let authorizer = Oauth2Authorizer::new()
        .with_claims::<Caller>()
        .with_terse_error_handler();
    let router = Router::new()
        .route("/", get(handler))
        .layer(authorizer.jwt_layer(authority(algorithm, &issuer)));
    let token = token(&issuer).sign();
    Served::repeating(App::Axum(router), bearer(&token))
}

async fn handler(guard: ReadOrders) -> &'static str {
    black_box(guard.into_claims());
    "orders"
}

fn authority(algorithm: Algorithm, issuer: &Issuer) -> Authority {
    let approved = match algorithm {
        Algorithm::HS256 => jwa::Algorithm::HS256,
        Algorithm::RS256 => jwa::Algorithm::RS256,
        Algorithm::ES256 => jwa::Algorithm::ES256,
        other => panic!("aliri does not have {}", other.name()),
    };
    let keys = if algorithm.is_symmetric() {
        let key = Jwk::from(jwa::Hmac::new(SECRET.as_bytes().to_vec()));
        let mut keys = Jwks::default();
        keys.add_key(key.with_algorithm(approved));
        keys
    } else {
        serde_json::from_str(&issuer.jwks()).expect("a JWK Set")
    };
    let validator = jwt::CoreValidator::default()
        .add_approved_algorithm(approved)
        .add_allowed_audience(jwt::Audience::from_static(AUDIENCE))
        .require_issuer(jwt::Issuer::from_static(ISSUER))
        .check_expiration()
        .check_not_before();
    Authority::new(keys, validator)
}

#[derive(Clone, Debug, Deserialize)]
struct Caller {
    iss: jwt::Issuer,
    aud: jwt::Audiences,
    sub: jwt::Subject,
    exp: UnixTime,
    nbf: Option<UnixTime>,
    scope: Scope,
    #[serde(default)]
    #[allow(dead_code, reason = "a handler of an application would read them")]
    roles: Vec<String>,
}

impl jwt::CoreClaims for Caller {
    fn nbf(&self) -> Option<UnixTime> {
        self.nbf
    }

    fn exp(&self) -> Option<UnixTime> {
        Some(self.exp)
    }

    fn aud(&self) -> &jwt::Audiences {
        &self.aud
    }

    fn iss(&self) -> Option<&jwt::IssuerRef> {
        Some(&self.iss)
    }

    fn sub(&self) -> Option<&jwt::SubjectRef> {
        Some(&self.sub)
    }
}

impl HasScope for Caller {
    fn scope(&self) -> &Scope {
        &self.scope
    }
}
