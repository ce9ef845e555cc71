//! The limit for a token that was verified before: one look-up in a cache whose hash has a random key, with the
//! whole token compared, and the check of its expiry.

use std::hint::black_box;
use std::sync::Arc;

use auth_runtime::keys::Algorithm;
use auth_runtime::testing::Issuer;
use axum::Router;
use axum::extract::FromRequestParts;
use axum::routing::get;
use foldhash::fast::RandomState;
use http::request::Parts;
use http::{HeaderMap, StatusCode};
use quick_cache::UnitWeighter;
use quick_cache::sync::{Cache, DefaultLifecycle};

use super::verify::{Caller, Trust, bearer_token};
use crate::app::App;
use crate::application::{SCOPE, bearer, issuer, scopes, token};
use crate::rows::Served;

pub(in crate::rows) fn build(algorithm: Algorithm) -> Served {
    let issuer = issuer(algorithm);
    let token = token(&issuer).sign();
    served(algorithm, &issuer, &token)
}

pub(in crate::rows) fn thousand_scopes(algorithm: Algorithm) -> Served {
    let issuer = issuer(algorithm);
    let token = token(&issuer).scope(&scopes(1000)).sign();
    served(algorithm, &issuer, &token)
}

fn served(algorithm: Algorithm, issuer: &Issuer, token: &str) -> Served {
    let router = Router::new()
        .route("/", get(handler))
        .with_state(Arc::new(Known::new(algorithm, issuer)));
    Served::repeating(App::Axum(router), bearer(token))
}

async fn handler(FromState(caller): FromState) -> &'static str {
    black_box(caller);
    "orders"
}

pub(super) struct Known {
    trust: Trust,
    callers: Cache<Box<[u8]>, Arc<KnownCaller>, UnitWeighter, RandomState>,
}

pub(super) struct KnownCaller {
    caller: Caller,
    /// Sorted, for a binary search.
    scopes: Vec<Box<str>>,
}

impl Known {
    pub(super) fn new(algorithm: Algorithm, issuer: &Issuer) -> Self {
        let entries = 10_000;
        Self {
            trust: Trust::new(algorithm, issuer),
            callers: Cache::with(
                entries,
                entries as u64,
                UnitWeighter,
                RandomState::default(),
                DefaultLifecycle::default(),
            ),
        }
    }

    pub(super) fn caller(&self, headers: &HeaderMap) -> Result<Arc<KnownCaller>, StatusCode> {
        let token = bearer_token(headers).ok_or(StatusCode::UNAUTHORIZED)?;
        let known = match self.callers.get(token) {
            Some(known) if !known.caller.is_expired() => known,
            _ => self.verify(token).ok_or(StatusCode::UNAUTHORIZED)?,
        };
        let found = known.scopes.binary_search_by(|scope| (**scope).cmp(SCOPE));
        found.map_err(|_| StatusCode::FORBIDDEN)?;
        Ok(known)
    }

    #[cold]
    fn verify(&self, token: &[u8]) -> Option<Arc<KnownCaller>> {
        let caller = self.trust.verify(token)?;
        let mut scopes: Vec<Box<str>> = caller.scopes().map(Box::from).collect();
        scopes.sort_unstable();
        let known = Arc::new(KnownCaller { caller, scopes });
        self.callers.insert(token.into(), known.clone());
        Some(known)
    }
}

struct FromState(Arc<KnownCaller>);

impl FromRequestParts<Arc<Known>> for FromState {
    type Rejection = StatusCode;

    async fn from_request_parts(parts: &mut Parts, known: &Arc<Known>) -> Result<Self, StatusCode> {
        known.caller(&parts.headers).map(Self)
    }
}
