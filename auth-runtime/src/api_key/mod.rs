//! API keys: how they are created, presented and revoked, and the stores that hold their digests.

// First, so that the documentation begins with `ApiKeys::new` and the settings.
mod settings;

mod administration;
mod any_store;
mod cache;
mod key;
mod lookup;
mod parse;
mod revocation;
mod store;
#[cfg(test)]
mod tests;
mod uses;

use std::fmt;
use std::sync::Arc;

pub use administration::NewApiKey;
pub use key::{ApiKey, MalformedApiKey};
pub use store::{ApiKeyDigest, ApiKeyRecord, ApiKeyStore, MemoryApiKeys, RotateError};

use self::cache::Cache;
use self::settings::ApiKeySettings;
use self::uses::PendingUses;
use crate::api_key::any_store::AnyApiKeyStore;
use crate::scheme::Scheme;

/// Authenticates callers by API keys ([`AuthBuilder::api_keys`](crate::AuthBuilder::api_keys)), and
/// creates, lists, rotates and revokes keys. Clones share the store and the cache.
///
/// ```
/// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
/// use auth_runtime::routing::get;
/// use auth_runtime::{ApiKeys, Auth, Identity, Router, require_auth};
/// use auth_runtime::api_key::{MemoryApiKeys, NewApiKey};
/// use axum::{body::Body, http::Request};
/// use tower::ServiceExt;
///
/// #[require_auth(scope = "orders:read")]
/// async fn orders(caller: Identity) -> String {
///     format!("orders of {}", caller.subject())
/// }
///
/// let keys = ApiKeys::new(MemoryApiKeys::new());
/// let auth = Auth::builder().api_keys(keys.clone()).build()?;
/// let app = Router::new().route("/orders", get(orders)).with_auth(auth);
///
/// let new = NewApiKey::new("alice").scopes(["orders:read"]);
/// let (record, key) = keys.create(new).await?;
/// println!("shown once: {}", key.reveal());
///
/// let request = || {
///     Request::get("/orders").header("X-API-Key", key.reveal()).body(Body::empty()).unwrap()
/// };
/// assert_eq!(app.clone().oneshot(request()).await?.status(), 200);
///
/// keys.revoke(&record.prefix).await?;
/// let refused = app.oneshot(request()).await?;
/// assert_eq!(refused.status(), 401);
/// assert_eq!(refused.headers()["www-authenticate"], "ApiKey realm=\"api\"");
/// # Ok::<(), auth_runtime::BoxError>(())
/// # }).unwrap();
/// ```
///
/// 1. **All invalid keys get the same answer.** Unknown, malformed, expired and revoked keys get the
///    same bytes (row G2 of the conformance table). A key is looked up by the SHA-256 digest of its
///    whole text, so a wrong secret is the same look-up as a key that never existed.
/// 2. **A request has one key, in one place.** A key that is sent twice, or in two places, is 400
///    (row G3). See [`header`](Self::header), [`authorization`](Self::authorization),
///    [`authorization_prefix`](Self::authorization_prefix) for `Authorization: Bearer` next to JWTs,
///    [`cookie`](Self::cookie) and [`query`](Self::query).
/// 3. **A revoked key is refused** at once on the node that revokes it, and on others after
///    [`cache_ttl`](Self::cache_ttl). The revocation is in the store: it is permanent, and a key may be of any age.
///    [`Auth::revoke`](crate::Auth::revoke) revokes a key, the keys of an owner, or all keys.
/// 4. **If the store fails, the answer is 503.** The request is neither refused with 401 nor let in.
/// 5. The claim `api_key` of the [`Identity`](crate::Identity) is the prefix of the key, which tells
///    the owner's keys apart.
///
/// Settings such as `.header(..)` apply only to the clone they are called on.
///
/// It needs a Tokio runtime with its timer enabled, as with `#[tokio::main]`.
#[derive(Clone)]
#[must_use]
pub struct ApiKeys {
    settings: Arc<ApiKeySettings>,
    shared: Arc<Shared>,
}

struct Shared {
    store: Box<dyn AnyApiKeyStore>,
    cache: Cache,
    uses: PendingUses,
}

impl fmt::Debug for ApiKeys {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("ApiKeys")
            .field("settings", &self.settings)
            .field("cache", &self.shared.cache)
            .finish_non_exhaustive()
    }
}

/// A fault of the settings.
#[derive(Debug, thiserror::Error)]
enum Fault {
    #[error(
        "{0:?} can't be the header field for API keys: name a different one in `.header(..)`, \
        or use `.authorization()` or `.cookie(..)`"
    )]
    Header(String),
    #[error("{0:?} is not a valid cookie name: it must be a token (RFC 6265 section 4.1.1)")]
    Cookie(String),
    #[error("the name of the query parameter for API keys is empty")]
    Query,
    #[error(
        "{0:?} is not a valid label for API keys: expected 1 to 16 lower-case letters and digits"
    )]
    Label(String),
    #[error(
        "`{0}` is the name of another authentication scheme: use a different name, such as \
        `Scheme::new(\"Token\")`"
    )]
    Scheme(Scheme),
    #[error(
        "no API key can begin with {0:?}: a key begins with its label (1 to 16 lower-case \
        letters and digits) and `_`, such as \"shop_\""
    )]
    Prefix(String),
    #[error(
        "new keys begin with \"{label}_\", which no `.authorization_prefix(..)` accepts: write \
        `.label({:?})`, so that they begin with {prefix:?}",
        .prefix.trim_end_matches('_')
    )]
    LabelWithoutPrefix { label: String, prefix: String },
    #[error("`.store_timeout(..)` is zero: every request would get 503")]
    StoreTimeout,
    #[error("`.concurrent_lookups(..)` is zero: every request would get 503")]
    ConcurrentLookups,
    #[error("`.last_used_every(..)` is zero: the store would be written to without a pause")]
    LastUsedEvery,
    #[error(
        "API keys have no source: call `.header(..)`, `.authorization()`, `.cookie(..)` or \
        `.query(..)`"
    )]
    NoSource,
}
