//! What a kind of credential reports of itself, for health pages.

use serde::Serialize;

/// What an [`Authenticator`](crate::authenticator::Authenticator) reports of itself: its part of
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
    /// The verified credentials that it remembers; none if it remembers none.
    pub token_cache: Option<TokenCacheStatus>,
    /// What it asks an authorization server, if it does.
    pub introspection: Option<IntrospectionStatus>,
    /// What went wrong last; none if nothing is wrong.
    pub last_error: Option<String>,
}

/// How the keys of one issuer are doing.
#[derive(Clone, Debug, Default, Serialize)]
#[non_exhaustive]
pub struct IssuerStatus {
    /// The issuer.
    pub issuer: String,
    /// How many keys there are.
    pub keys: usize,
    /// Whether tokens can be judged by them. If not, requests with tokens of this issuer get 503.
    pub usable: bool,
    /// How many seconds ago they were fetched; none if they never were, or are not fetched at all.
    pub age_seconds: Option<f64>,
    /// In how many seconds they are fetched again, unless a token needs it before; none if they are
    /// not fetched at all.
    pub next_fetch_seconds: Option<f64>,
    /// Why the last fetch failed; none if it did not.
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
    /// How many requests got 503 because asking about their tokens would have been too much.
    pub over_budget: u64,
    /// Introspection requests in flight.
    pub under_way: usize,
    /// Tokens that are remembered as inactive.
    pub refused_tokens: usize,
    /// The error of the last failed request. Later successes do not clear it.
    pub last_error: Option<String>,
    /// How many seconds ago that was.
    pub last_error_age_seconds: Option<f64>,
}
