//! API keys: how they are created, presented and revoked, and the stores that hold their digests.

mod administration;
mod any_store;
mod cache;
mod key;
mod lookup;
mod parse;
mod settings;
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

/// API keys: accepts them ([`AuthBuilder::api_keys`](crate::AuthBuilder::api_keys)) and administers
/// them. A clone has the same store and the same cache.
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
/// 1. **One answer for all that is not good** (row G2): unknown, malformed, expired and revoked keys
///    get the same bytes. A key is looked up by the SHA-256 digest of its whole text, so that a
///    wrong secret is the same look-up as a key that never was.
/// 2. **One key, in one place**: a key twice, or in two places, is 400 (row G3). See
///    [`header`](Self::header), [`authorization`](Self::authorization),
///    [`authorization_prefix`](Self::authorization_prefix) for `Authorization: Bearer` beside JWTs,
///    [`cookie`](Self::cookie) and [`query`](Self::query).
/// 3. **A revoked key is refused** at once on the node that revokes it, and on others after
///    [`cache_ttl`](Self::cache_ttl).
/// 4. **A store that does not answer is 503**, never 401 and never in.
/// 5. The claim `api_key` of the [`Identity`](crate::Identity) is the prefix of the key: which of
///    their keys the owner used.
///
/// What a clone is told after it was made, such as `.header(..)`, holds for that clone.
///
/// It needs a Tokio runtime with its timer, as `#[tokio::main]` and axum have.
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

impl ApiKeys {
    /// The keys in `store`.
    pub fn new(store: impl ApiKeyStore) -> Self {
        Self {
            settings: Arc::default(),
            shared: Arc::new(Shared {
                store: Box::new(store),
                cache: Cache::new(10_000),
                uses: PendingUses::default(),
            }),
        }
    }
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

/// What is wrong with the settings.
#[derive(Debug, thiserror::Error)]
enum Fault {
    #[error(
        "{0:?} is no header field for API keys alone: name another one in `.header(..)`, \
        or say `.authorization()` or `.cookie(..)`"
    )]
    Header(String),
    #[error("{0:?} is no name of a cookie (RFC 6265 section 4.1.1): it is a token")]
    Cookie(String),
    #[error("the query parameter for API keys has no name")]
    Query,
    #[error("{0:?} is no label for API keys: it is 1 to 16 lower-case letters and digits")]
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
    #[error("the store has no time to answer: every request would be 503")]
    StoreTimeout,
    #[error("no look-up is allowed: every request would be 503")]
    ConcurrentLookups,
    #[error("the store would be told without a pause when API keys were last used")]
    LastUsedEvery,
    #[error(
        "no place is left for API keys: say `.header(..)`, `.authorization()`, \
        `.cookie(..)` or `.query(..)`"
    )]
    NoPlace,
}
