//! The issuer.

use std::fmt;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::{Request, Response};
use serde_json::json;

use super::Token;
use crate::bearer::Jwt;
use crate::box_error::BoxError;
use crate::fetch::Fetch;
use crate::keys::Algorithm;
use crate::keys::signing::SigningKey;

/// Where `OpenID` Connect Discovery and RFC 8414 have it.
const METADATA: [&str; 2] = [
    "/.well-known/openid-configuration",
    "/.well-known/oauth-authorization-server",
];

/// An issuer with a key of its own. Two issuers never share a key, also if they share a name.
///
/// It is a [`Fetch`] as well, which answers as the issuer's server would: with its metadata at the
/// well-known addresses, and with its keys at any other. So the configuration of production is tested
/// as it is, without a network:
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
    key: Arc<SigningKey>,
    key_id: Option<String>,
    algorithm: Algorithm,
}

impl Issuer {
    /// An issuer of tokens for `audience`, with a new ES256 key.
    ///
    /// # Panics
    ///
    /// If the system has no randomness for a key.
    #[must_use]
    #[allow(
        clippy::expect_used,
        reason = "a test without randomness can only stop"
    )]
    pub fn new(name: impl Into<String>, audience: impl Into<String>) -> Self {
        let key = SigningKey::generate().expect("randomness for a new key");
        Self::with_key(name.into(), audience.into(), key)
    }

    /// An issuer that signs with a secret, HS256 unless [`algorithm`](Self::algorithm) says
    /// otherwise. Its tokens have no `kid` unless [`key_id`](Self::key_id)
    /// names one.
    #[must_use]
    pub fn with_secret(
        name: impl Into<String>,
        audience: impl Into<String>,
        secret: impl AsRef<[u8]>,
    ) -> Self {
        let issuer = Self::with_key(name.into(), audience.into(), SigningKey::secret(secret));
        Self {
            key_id: None,
            ..issuer
        }
    }

    /// An issuer that signs with a private key as PEM text: RSA, P-256, P-384 or Ed25519.
    ///
    /// # Panics
    ///
    /// If `pem` is no such key; the message says why.
    #[must_use]
    #[allow(clippy::panic, reason = "a test with a broken key can only stop")]
    pub fn with_pem(
        name: impl Into<String>,
        audience: impl Into<String>,
        pem: impl AsRef<[u8]>,
    ) -> Self {
        match SigningKey::pem(pem) {
            Ok(key) => Self::with_key(name.into(), audience.into(), key),
            Err(error) => panic!("the private key of the issuer: {error}"),
        }
    }

    fn with_key(name: String, audience: String, key: SigningKey) -> Self {
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

    /// Signs with another algorithm that the key is good for.
    #[must_use]
    pub fn algorithm(mut self, algorithm: Algorithm) -> Self {
        self.algorithm = algorithm;
        self
    }

    /// Names its key: the `kid` of its tokens and of [`jwks`](Self::jwks), `testing` unless this is
    /// called. Two issuers of one name with differently named keys are one issuer whose keys rotate.
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

    /// The public key as a JWK Set, empty for an issuer with a secret.
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

    /// What an API trusts to accept this issuer's tokens; change it as the API does.
    ///
    /// # Panics
    ///
    /// If the private key can't be turned into a public one.
    #[allow(clippy::expect_used, reason = "a test with a broken key can only stop")]
    pub fn jwt(&self) -> Jwt {
        let key = self
            .key
            .verification_key()
            .expect("the public half of the key");
        let key = match &self.key_id {
            Some(key_id) => key.with_id(key_id),
            None => key,
        };
        Jwt::issuer(&self.name).audience(&self.audience).key(key)
    }

    /// A good access token for `subject`, to be changed and signed.
    pub fn token(&self, subject: &str) -> Token {
        Token::new(self.clone(), &self.name, &self.audience, subject)
    }

    /// Signs any header and payload as they stand, for tokens that no issuer would make.
    ///
    /// # Panics
    ///
    /// If the key can't sign with the issuer's algorithm.
    #[must_use]
    #[allow(
        clippy::panic,
        reason = "a test with the wrong algorithm can only stop"
    )]
    pub fn sign(&self, header: &str, payload: &str) -> String {
        let signing_input = format!(
            "{}.{}",
            URL_SAFE_NO_PAD.encode(header),
            URL_SAFE_NO_PAD.encode(payload)
        );
        match self.key.sign(self.algorithm, signing_input.as_bytes()) {
            Ok(signature) => format!("{signing_input}.{}", URL_SAFE_NO_PAD.encode(signature)),
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
            json!({ "issuer": self.name, "jwks_uri": keys }).to_string()
        } else {
            self.jwks()
        };
        if body.len() > limit {
            return Err("the answer is too long".into());
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
