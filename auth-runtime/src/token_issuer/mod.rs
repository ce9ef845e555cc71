//! Tokens that the application issues itself: [`TokenIssuer`].
//!
//! It signs access tokens (RFC 9068) for the application's own clients. It is not an authorization server: it has no
//! clients, no consent, no codes and no endpoints of OAuth 2.0.

mod builder;
mod error;
mod response;
#[cfg(test)]
mod tests;
mod unsigned_token;

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;
use std::time::Duration;

use serde_json::json;

pub use builder::TokenIssuerBuilder;
pub use error::{InvalidTokenIssuer, TokenError};
pub use response::TokenResponse;
pub use unsigned_token::UnsignedToken;

use crate::bearer::Jwt;
use crate::clock::Clock;
use crate::fetch::shown;
use crate::keys::{IssuerKey, IssuerKeys, ReplaceableKeys, SigningKey};
use crate::lock::RwLock;

/// Issues access tokens for the application's own clients: signed JWTs (RFC 9068), which [`jwt`](Self::jwt) accepts.
/// Clones share their keys.
///
/// ```
/// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
/// use auth_runtime::keys::SigningKey;
/// use auth_runtime::{Auth, Router, TokenIssuer, require_auth, routing::get};
/// use axum::{body::Body, http::Request};
/// use tower::ServiceExt;
///
/// #[require_auth(scope = "orders:read")]
/// async fn list_orders() {}
///
/// # let folder = std::env::temp_dir().join(format!("token-issuer-{}", std::process::id()));
/// # std::fs::create_dir_all(&folder)?;
/// # let key_file = folder.join("signing-key.pem");
/// let issuer = TokenIssuer::builder(
///     "https://shop.example",
///     SigningKey::pem_file_or_generate(key_file), // for example "/var/lib/shop/signing-key.pem"
/// )
/// .audience("https://shop.example")
/// .build()?;
/// # std::fs::remove_dir_all(&folder)?;
/// let auth = Auth::builder().bearer(issuer.jwt()).build()?;
/// let app = Router::new()
///     .route("/orders", get(list_orders))
///     .route("/.well-known/jwks.json", issuer.jwks_route()) // for other services
///     .with_auth(auth);
///
/// let reader = issuer.token("alice").scopes(["orders:read"]).sign()?;
/// let writer = issuer.token("alice").scopes(["orders:write"]).sign()?;
/// let forged = format!("{writer}x");
/// for (token, status) in [(reader, 200), (writer, 403), (forged, 401)] {
///     let request = Request::get("/orders")
///         .header("authorization", format!("Bearer {token}"))
///         .body(Body::empty())?;
///     assert_eq!(app.clone().oneshot(request).await?.status(), status);
/// }
/// # Ok::<(), auth_runtime::BoxError>(())
/// # }).unwrap();
/// ```
///
/// The type parameter is the type of its keys: [`SigningKey`], or [`HmacSecret`](crate::keys::HmacSecret) in a
/// `TokenIssuer<HmacSecret>`, which signs with HS256 and publishes no keys.
///
/// # Rotation of the keys
///
/// One key signs, and all verify. [`replace_keys`](Self::replace_keys) changes the keys while the service runs, for
/// itself, for every [`jwt`](Self::jwt) and for the [published keys](Self::jwks_route). Where other nodes or other
/// services verify the tokens, rotate in three steps, so that no valid token is refused:
///
/// 1. Add the next key as a verification key on all nodes. Wait until all nodes and services have it. Services with
///    [`Jwt::oidc`](crate::Jwt::oidc) or [`Jwt::jwks_url`](crate::Jwt::jwks_url) need up to ten minutes.
/// 2. Sign with the next key, and keep the previous one as a key that verifies.
/// 3. When the last token of the previous key has expired, remove it.
///
/// # Limits
///
/// This is not an authorization server. For clients of other parties, for consent, or for login at several services,
/// use one, and [`Jwt::oidc`](crate::Jwt::oidc) here. A token that was issued is valid until it expires, unless it is
/// [revoked](crate::Auth::revoke): keep its lifetime short, and use [`RefreshTokens`](crate::RefreshTokens).
pub struct TokenIssuer<K = SigningKey> {
    issuer: Arc<Issuer>,
    keys: PhantomData<fn(K)>,
}

struct Issuer {
    name: String,
    audiences: Vec<String>,
    lifetime: Duration,
    jwks_uri: String,
    clock: Box<dyn Clock>,
    current: RwLock<Arc<IssuerKeys>>,
    verification: ReplaceableKeys,
}

impl<K: IssuerKey> TokenIssuer<K> {
    /// An issuer with this name, the `iss` of its tokens, that signs with `key`. Other services can verify its tokens
    /// with [`Jwt::oidc`](crate::Jwt::oidc) only if the name is an `https` URL of this service.
    pub fn builder(name: impl Into<String>, key: K) -> TokenIssuerBuilder<K> {
        TokenIssuerBuilder::new(name.into(), key)
    }

    /// An access token for this subject, which has to be [signed](UnsignedToken::sign).
    pub fn token(&self, subject: impl Into<String>) -> UnsignedToken<'_> {
        UnsignedToken::new(&self.issuer, subject.into())
    }

    /// The settings of an API that accepts the tokens of this issuer. It verifies with the current keys, also after
    /// they are replaced. To accept the tokens in another service, use its [published keys](Self::jwks_route).
    pub fn jwt(&self) -> Jwt {
        let Issuer {
            name, audiences, ..
        } = &*self.issuer;
        jwt(name, audiences, self.issuer.verification.clone())
    }

    /// Signs with `signing` from now on, and verifies with it and with `others`. All other keys are removed: their
    /// tokens get 401, also where they were accepted before.
    ///
    /// # Errors
    ///
    /// A key can't be used. Nothing has changed then.
    pub fn replace_keys(
        &self,
        signing: K,
        others: impl IntoIterator<Item = K>,
    ) -> Result<(), InvalidTokenIssuer> {
        let keys = IssuerKeys::load(signing, others.into_iter().collect())
            .map_err(|faults| InvalidTokenIssuer::of_keys(self.name(), faults))?;
        let keys = Arc::new(keys);
        let mut current = self.issuer.current.write();
        // First, so that a token of the new key is accepted as soon as there is one.
        self.issuer
            .verification
            .replace(Arc::clone(keys.verification()));
        *current = keys;
        Ok(())
    }
}

impl<K> TokenIssuer<K> {
    fn new(issuer: Issuer) -> Self {
        Self {
            issuer: Arc::new(issuer),
            keys: PhantomData,
        }
    }

    /// The name of the issuer, the `iss` of its tokens.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.issuer.name
    }

    /// How long its tokens are valid, for `expires_in` in the response of a login (RFC 6749 section 5.1).
    #[must_use]
    pub fn lifetime(&self) -> Duration {
        self.issuer.lifetime
    }
}

impl TokenIssuer {
    /// The public keys as a JWK Set (RFC 7517 section 5), the one that signs first.
    #[must_use]
    pub fn jwks(&self) -> String {
        self.issuer.current().jwks().to_owned()
    }

    /// The metadata that [`Jwt::oidc`](crate::Jwt::oidc) of another service reads: `issuer` and `jwks_uri` (RFC 8414).
    #[must_use]
    pub fn metadata(&self) -> String {
        metadata(&self.issuer.name, &self.issuer.jwks_uri)
    }
}

/// The metadata of an issuer. It names no endpoints, because the issuer is not an authorization server.
pub(crate) fn metadata(issuer: &str, jwks_uri: &str) -> String {
    json!({ "issuer": issuer, "jwks_uri": jwks_uri }).to_string()
}

impl Issuer {
    fn current(&self) -> Arc<IssuerKeys> {
        Arc::clone(&self.current.read())
    }
}

fn jwt(name: &str, audiences: &[String], keys: ReplaceableKeys) -> Jwt {
    let jwt = Jwt::issuer(name).with_issuer_keys(keys);
    audiences.iter().fold(jwt, Jwt::audience)
}

impl<K> Clone for TokenIssuer<K> {
    fn clone(&self) -> Self {
        Self {
            issuer: Arc::clone(&self.issuer),
            keys: PhantomData,
        }
    }
}

/// If the URL of the issuer contains a password, it is not shown.
impl<K> fmt::Debug for TokenIssuer<K> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("TokenIssuer")
            .field("name", &shown(&self.issuer.name))
            .field("audiences", &self.issuer.audiences)
            .field("lifetime", &self.issuer.lifetime)
            .finish_non_exhaustive()
    }
}
