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

/// What the verified tokens that are remembered come to.
#[derive(Clone, Copy, Debug, Default, Serialize)]
#[non_exhaustive]
pub struct TokenCacheStatus {
    /// How many there are.
    pub entries: usize,
    /// How many requests had a token that was remembered.
    pub hits: u64,
    /// How many had another one.
    pub misses: u64,
}

/// How asking about opaque tokens is doing.
#[derive(Clone, Debug, Default, Serialize)]
#[non_exhaustive]
pub struct IntrospectionStatus {
    /// How often the authorization server was asked.
    pub asked: u64,
    /// How many requests got 503 because asking about their tokens would have been too much.
    pub over_budget: u64,
    /// How many questions are under way.
    pub under_way: usize,
    /// How many tokens are remembered as not good.
    pub refused_tokens: usize,
    /// Why the server did not say last time when it did not; good answers since do not clear it.
    pub last_error: Option<String>,
    /// How many seconds ago that was.
    pub last_error_age_seconds: Option<f64>,
}
