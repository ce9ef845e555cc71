//! An issuer for tests.

use std::fmt;
use std::sync::Arc;

use http::{Request, Response};
use serde_json::json;

use super::Token;
use crate::bearer::Jwt;
use crate::box_error::BoxError;
use crate::fetch::Fetch;
use crate::keys::Algorithm;
use crate::keys::signing::KeySigner;
use crate::token_issuer::metadata;

/// The well-known paths of issuer metadata (`OpenID` Connect Discovery and RFC 8414).
const METADATA: [&str; 2] = [
    "/.well-known/openid-configuration",
    "/.well-known/oauth-authorization-server",
];

/// An issuer of tokens with its own key. Two issuers never share a key, even with the same name.
///
/// It implements [`Fetch`] and answers like the server of an issuer: with its metadata at the well-known paths, and with
/// its keys at any other path. This allows testing the configuration of production without a network:
///
/// ```
/// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
/// use auth_runtime::{Auth, Jwt, Router, require_auth, routing::get, testing::Issuer};
/// use axum::{body::Body, http::Request};
/// use tower::ServiceExt;
///
/// #[require_auth]
/// async fn hello() {}
///
/// fn trusted() -> Jwt {
///     Jwt::oidc("https://issuer.example").audience("https://api.example")
/// }
///
/// let issuer = Issuer::new("https://issuer.example", "https://api.example");
/// let auth = Auth::builder().fetch(issuer.clone()).bearer(trusted()).build()?;
/// let app = Router::new().route("/", get(hello)).with_auth(auth);
///
/// let request = |token: &str| {
///     let value = format!("Bearer {token}");
///     Request::get("/").header("authorization", value).body(Body::empty()).unwrap()
/// };
/// let good = issuer.token("alice");
/// assert_eq!(app.clone().oneshot(request(&good.sign())).await?.status(), 200);
/// let id_token = good.header("typ", "JWT");
/// assert_eq!(app.oneshot(request(&id_token.sign())).await?.status(), 401);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
#[derive(Clone)]
pub struct Issuer {
    name: String,
    audience: String,
    key: Arc<KeySigner>,
    key_id: Option<String>,
    algorithm: Algorithm,
}

impl Issuer {
    /// An issuer of tokens for `audience`, with a new ES256 key.
    ///
    /// # Panics
    ///
    /// If the system can't provide random bytes for the key.
    #[must_use]
    #[allow(clippy::expect_used, reason = "a test can't continue without a key")]
    pub fn new(name: impl Into<String>, audience: impl Into<String>) -> Self {
        let key = KeySigner::generate().expect("could not generate a key");
        Self::with_key(name.into(), audience.into(), key)
    }

    /// An issuer that signs with a secret. The algorithm is HS256, unless it is changed with
    /// [`algorithm`](Self::algorithm). Its tokens have no `kid`, unless it is set with [`key_id`](Self::key_id).
    #[must_use]
    pub fn with_secret(
        name: impl Into<String>,
        audience: impl Into<String>,
        secret: impl AsRef<[u8]>,
    ) -> Self {
        let issuer = Self::with_key(name.into(), audience.into(), KeySigner::secret(secret));
        Self {
            key_id: None,
            ..issuer
        }
    }

    /// An issuer that signs with a private key in PEM format: RSA, P-256, P-384 or Ed25519.
    ///
    /// # Panics
    ///
    /// If `pem` is not such a key.
    #[must_use]
    #[allow(clippy::panic, reason = "a test can't continue without a key")]
    pub fn with_pem(
        name: impl Into<String>,
        audience: impl Into<String>,
        pem: impl AsRef<[u8]>,
    ) -> Self {
        match KeySigner::pem(pem) {
            Ok(key) => Self::with_key(name.into(), audience.into(), key),
            Err(error) => panic!("invalid private key of the issuer: {error}"),
        }
    }

    fn with_key(name: String, audience: String, key: KeySigner) -> Self {
        let algorithm = key
            .algorithms()
            .first()
            .copied()
            .unwrap_or(Algorithm::ES256);
        Self {
            name,
            audience,
            key: Arc::new(key),
            key_id: Some("testing".to_owned()),
            algorithm,
        }
    }

    /// Sets the algorithm. It must be one that the key supports.
    #[must_use]
    pub fn algorithm(mut self, algorithm: Algorithm) -> Self {
        self.algorithm = algorithm;
        self
    }

    /// Sets the `kid` of its tokens and of [`jwks`](Self::jwks). The default is `testing`. To test key rotation, create
    /// two issuers with the same name and different `kid`s.
    ///
    /// ```
    /// use auth_runtime::testing::Issuer;
    ///
    /// let now = Issuer::new("https://issuer.example", "https://api.example").key_id("2026-01");
    /// let next = Issuer::new("https://issuer.example", "https://api.example").key_id("2026-02");
    /// assert!(now.jwks().contains(r#""kid":"2026-01""#));
    /// assert!(next.jwks().contains(r#""kid":"2026-02""#));
    /// ```
    #[must_use]
    pub fn key_id(mut self, key_id: impl Into<String>) -> Self {
        self.key_id = Some(key_id.into());
        self
    }

    /// The public key as a JWK Set. It is empty for an issuer with a secret.
    #[must_use]
    pub fn jwks(&self) -> String {
        let key = self.key.public_jwk().map(|mut jwk| {
            if let Some(members) = jwk.as_object_mut() {
                members.insert("kid".to_owned(), json!(self.key_id));
            }
            jwk
        });
        json!({ "keys": Vec::from_iter(key) }).to_string()
    }

    /// The configuration of an API that accepts the tokens of this issuer.
    ///
    /// # Panics
    ///
    /// If the public key can't be derived from the private key.
    #[allow(clippy::expect_used, reason = "a test can't continue without a key")]
    pub fn jwt(&self) -> Jwt {
        let key = self
            .key
            .verification_key()
            .expect("could not derive the public key");
        let key = match &self.key_id {
            Some(key_id) => key.with_id(key_id),
            None => key,
        };
        Jwt::issuer(&self.name).audience(&self.audience).key(key)
    }

    /// A valid access token for `subject`. Change it as needed, then [`sign`](Token::sign) it.
    pub fn token(&self, subject: &str) -> Token {
        Token::new(self.clone(), &self.name, &self.audience, subject)
    }

    /// Signs a header and a payload without changing them, for tokens that a real issuer would not create.
    ///
    /// # Panics
    ///
    /// If the key can't sign with the issuer's algorithm.
    #[must_use]
    #[allow(clippy::panic, reason = "a test can't continue without a signature")]
    pub fn sign(&self, header: &str, payload: &str) -> String {
        match self.key.sign_compact(self.algorithm, header, payload) {
            Ok(token) => token,
            Err(error) => panic!("{error}"),
        }
    }

    pub(super) fn algorithm_name(&self) -> &'static str {
        self.algorithm.name()
    }

    pub(super) fn named_key(&self) -> Option<&str> {
        self.key_id.as_deref()
    }
}

impl Fetch for Issuer {
    async fn fetch(
        &self,
        request: Request<Vec<u8>>,
        limit: usize,
    ) -> Result<Response<Vec<u8>>, BoxError> {
        let path = request.uri().path();
        let is_metadata = METADATA.iter().any(|known| path.contains(known));
        let body = if is_metadata {
            let keys = format!("{}/jwks", self.name.trim_end_matches('/'));
            metadata(&self.name, &keys)
        } else {
            self.jwks()
        };
        if body.len() > limit {
            return Err("the response is too long".into());
        }
        Ok(Response::new(body.into_bytes()))
    }
}

impl fmt::Debug for Issuer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Issuer")
            .field("name", &self.name)
            .field("audience", &self.audience)
            .field("algorithm", &self.algorithm)
            .finish_non_exhaustive()
    }
}
