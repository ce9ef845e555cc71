//! The application: it signs and verifies tokens by jsonwebtoken, and has a route behind a guard that
//! trusts the same key.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::missing_panics_doc,
    clippy::must_use_candidate,
    clippy::unwrap_used,
    reason = "this is test code: a helper that fails ends the test"
)]

use std::sync::Once;

use auth_runtime::keys::Key;
use auth_runtime::{Auth, Jwt, Router, require_auth, routing};
use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use jsonwebtoken::crypto::CryptoProvider;
use jsonwebtoken::errors::Error;
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, encode};
use serde_json::{Value, json};
use tower::ServiceExt;

const ISSUER: &str = "https://issuer.example";
const AUDIENCE: &str = "https://api.example";

/// The application chose a back end of jsonwebtoken by a feature.
const HAS_BACK_END: bool = cfg!(any(
    feature = "application-aws-lc-rs",
    feature = "application-rust-crypto"
));

/// What comes first in the application's `main`.
///
/// jsonwebtoken has its own back end if exactly one is turned on in the whole build, so this fails if
/// auth-runtime turns on any, or installs one.
pub fn start() {
    static STARTED: Once = Once::new();
    STARTED.call_once(|| {
        assert_eq!(CryptoProvider::try_get_default().is_some(), HAS_BACK_END);
        if !HAS_BACK_END {
            auth_runtime::jsonwebtoken_provider()
                .install_default()
                .expect("no other provider");
        }
    });
}

/// A key of the application.
pub struct Application {
    algorithm: Algorithm,
    signs: EncodingKey,
    verifies: DecodingKey,
    router: axum::Router,
}

impl Application {
    /// The guard gets the public key as a JWK, which jsonwebtoken makes of the private key.
    pub fn new(algorithm: Algorithm, signs: EncodingKey) -> Self {
        start();
        let jwk = Jwk::from_encoding_key(&signs, algorithm).unwrap();
        let key = Key::jwk(serde_json::to_string(&jwk).unwrap());
        let auth = Auth::builder().bearer(Jwt::issuer(ISSUER).audience(AUDIENCE).key(key));
        Self {
            algorithm,
            verifies: DecodingKey::from_jwk(&jwk).unwrap(),
            signs,
            router: Router::new()
                .route("/orders", routing::get(orders))
                .with_auth(auth.build().unwrap()),
        }
    }

    /// A new token for `alice`.
    pub fn sign(&self) -> String {
        let header = Header {
            typ: Some("at+jwt".to_owned()),
            ..Header::new(self.algorithm)
        };
        let now = jsonwebtoken::get_current_timestamp();
        let claims = json!({
            "iss": ISSUER, "aud": AUDIENCE, "sub": "alice", "iat": now, "exp": now + 300,
        });
        encode(&header, &claims, &self.signs).unwrap()
    }

    /// The subject of a token that jsonwebtoken verifies.
    ///
    /// # Errors
    ///
    /// That of jsonwebtoken.
    pub fn verify(&self, token: &str) -> Result<String, Error> {
        let mut validation = Validation::new(self.algorithm);
        validation.set_audience(&[AUDIENCE]);
        let verified = decode::<Value>(token, &self.verifies, &validation)?;
        Ok(verified.claims["sub"].as_str().unwrap().to_owned())
    }

    /// What the guard answers to a request with a token.
    pub async fn call(&self, token: &str) -> StatusCode {
        let request = Request::get("/orders")
            .header(header::AUTHORIZATION, format!("Bearer {token}"))
            .body(Body::empty())
            .unwrap();
        self.router.clone().oneshot(request).await.unwrap().status()
    }
}

#[require_auth]
async fn orders() {}
