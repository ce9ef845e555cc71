//! How an `Auth` is doing, for health pages.

use serde::Serialize;

use super::Auth;
use crate::bearer::Bearer;
use crate::revocation::{RevocationList, RevocationStatus};

/// How an [`Auth`] is doing: for health pages, as JSON where `Serialize` is asked for it.
///
/// The texts of errors name addresses of issuers and stores: show them to those who run the service.
/// Names of fields stay as they are; further ones may come.
///
/// ```
/// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
/// use auth_runtime::{Auth, Identity, Router, Status, require_auth, routing::get, testing::Issuer};
/// use axum::{Json, body::Body, extract::State, http::Request};
/// use tower::ServiceExt;
///
/// #[require_auth(scope = "operations")]
/// async fn status(State(auth): State<Auth>) -> Json<Status> {
///     Json(auth.status())
/// }
///
/// let issuer = Issuer::new("https://issuer.example", "https://api.example");
/// let auth = Auth::builder().bearer(issuer.jwt()).build()?;
/// assert_eq!(auth.status().issuers[0].keys, 1);
/// let app = Router::new().route("/status", get(status)).with_state(auth.clone()).with_auth(auth);
///
/// let request = |token: String| {
///     let value = format!("Bearer {token}");
///     Request::get("/status").header("authorization", value).body(Body::empty()).unwrap()
/// };
/// let operator = issuer.token("olivia").scope("operations").sign();
/// assert_eq!(app.clone().oneshot(request(operator)).await?.status(), 200);
/// let alice = issuer.token("alice").sign();
/// assert_eq!(app.oneshot(request(alice)).await?.status(), 403);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Status {
    /// Whether everything that tokens are judged by was had once: see [`Auth::ready`].
    pub ready: bool,
    /// The issuers of JWTs, in the order of the builder's calls.
    pub issuers: Vec<IssuerStatus>,
    /// The verified tokens that are remembered; none where there are no bearer tokens, or the cache
    /// is off.
    pub token_cache: Option<TokenCacheStatus>,
    /// What an authorization server is asked about opaque tokens, if one is.
    pub introspection: Option<IntrospectionStatus>,
    /// The list of revoked tokens, if there is one.
    pub revocation: Option<RevocationStatus>,
}

/// How the keys of one issuer are doing.
#[derive(Clone, Debug, Serialize)]
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
#[derive(Clone, Copy, Debug, Serialize)]
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
#[derive(Clone, Debug, Serialize)]
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

impl Auth {
    /// How it is doing now.
    #[must_use]
    pub fn status(&self) -> Status {
        let bearer = self.0.bearer.as_deref();
        let issuers = bearer.map_or(&[][..], Bearer::issuers).iter();
        Status {
            ready: self.is_ready(),
            issuers: issuers
                .map(|issuer| {
                    let keys = issuer.keys().status();
                    IssuerStatus {
                        issuer: issuer.issuer().to_owned(),
                        keys: keys.keys,
                        usable: keys.usable,
                        age_seconds: keys.age.map(|age| age.as_secs_f64()),
                        next_fetch_seconds: keys.next_refresh.map(|next| next.as_secs_f64()),
                        last_error: keys.last_error,
                    }
                })
                .collect(),
            token_cache: bearer
                .and_then(Bearer::cache_status)
                .map(|cache| TokenCacheStatus {
                    entries: cache.entries,
                    hits: cache.hits,
                    misses: cache.misses,
                }),
            introspection: bearer.and_then(introspection),
            revocation: bearer
                .and_then(Bearer::revocation)
                .map(RevocationList::status),
        }
    }

    /// Returns when everything that tokens are judged by was had once: the keys of all issuers, and
    /// the list of revoked tokens. While an issuer is down, that takes as long as it is.
    ///
    /// A service need not wait: before that, a request with a token gets 503 or waits for the fetch
    /// that is under way.
    pub async fn ready(&self) {
        if let Some(bearer) = &self.0.bearer {
            bearer.ready().await;
        }
    }

    /// Whether [`ready`](Self::ready) would return at once. Once it is so it stays so: an issuer that
    /// goes down later is no reason to take a service out of rotation that still knows its keys.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.0
            .bearer
            .as_ref()
            .is_none_or(|bearer| bearer.is_ready())
    }
}

#[cfg(feature = "introspection")]
fn introspection(bearer: &Bearer) -> Option<IntrospectionStatus> {
    let status = bearer.introspector()?.status();
    let (at, error) = status.last_error.unzip();
    Some(IntrospectionStatus {
        asked: status.asked,
        over_budget: status.over_budget,
        under_way: status.under_way,
        refused_tokens: status.refused_tokens,
        last_error: error.map(|error| error.to_string()),
        last_error_age_seconds: at.map(|at| at.elapsed().unwrap_or_default().as_secs_f64()),
    })
}

#[cfg(not(feature = "introspection"))]
fn introspection(_: &Bearer) -> Option<IntrospectionStatus> {
    None
}
