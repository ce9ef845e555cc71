//! The status of a kind of credential, for health pages.

use serde::Serialize;

/// The status of an [`Authenticator`](crate::authenticator::Authenticator): its part of
/// [`Auth::status`](crate::Auth::status).
///
/// ```
/// use auth_runtime::authenticator::AuthenticatorStatus;
///
/// let mut status = AuthenticatorStatus::default();
/// status.last_error = Some("the key server does not answer".to_owned());
/// ```
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct AuthenticatorStatus {
    /// The issuers whose credentials it accepts.
    pub issuers: Vec<IssuerStatus>,
    /// Its cache of verified credentials; `None` if it has no cache.
    pub token_cache: Option<TokenCacheStatus>,
    /// Its introspection requests; `None` if it sends none.
    pub introspection: Option<IntrospectionStatus>,
    /// The last error; `None` if there is no error.
    pub last_error: Option<String>,
}

/// The status of the keys of one issuer.
#[derive(Clone, Debug, Default, Serialize)]
#[non_exhaustive]
pub struct IssuerStatus {
    /// The issuer.
    pub issuer: String,
    /// The number of keys.
    pub keys: usize,
    /// Whether tokens can be verified. If not, requests with tokens of this issuer get 503.
    pub usable: bool,
    /// How many seconds ago the keys were fetched; `None` if they never were, or if they are configured
    /// and not fetched.
    pub age_seconds: Option<f64>,
    /// In how many seconds the keys are fetched again, unless a token requires it earlier; `None` if they
    /// are configured and not fetched.
    pub next_fetch_seconds: Option<f64>,
    /// Why the last fetch failed; `None` if it succeeded.
    pub last_error: Option<String>,
}

/// Counters of the cache of verified tokens.
#[derive(Clone, Copy, Debug, Default, Serialize)]
#[non_exhaustive]
pub struct TokenCacheStatus {
    /// Tokens in the cache.
    pub entries: usize,
    /// Requests whose token was in the cache.
    pub hits: u64,
    /// Requests whose token was not in the cache.
    pub misses: u64,
}

/// Counters of the introspection of opaque tokens.
#[derive(Clone, Debug, Default, Serialize)]
#[non_exhaustive]
pub struct IntrospectionStatus {
    /// Introspection requests to the authorization server.
    pub asked: u64,
    /// Requests that got 503 because their introspection would have exceeded the limits.
    pub over_budget: u64,
    /// Introspection requests in flight.
    pub under_way: usize,
    /// Tokens that are cached as inactive.
    pub refused_tokens: usize,
    /// The error of the last failed request. Later successes do not clear it.
    pub last_error: Option<String>,
    /// How many seconds ago that was.
    pub last_error_age_seconds: Option<f64>,
}
