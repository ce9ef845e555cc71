//! The `Auth` of a request, and what it found out on the way to the answer.

use std::sync::{Arc, Mutex, PoisonError};

use axum::http::header::{CACHE_CONTROL, REFERRER_POLICY};
use axum::http::{Extensions, HeaderMap, HeaderValue, Response};

use super::response::Hidden;
use crate::auth::{Auth, Exposure};
use crate::identity::Identity;

/// The `Auth` of a request, in a type of ours so that nothing else can be mistaken for it.
#[derive(Clone)]
pub(super) struct Installed {
    pub(super) auth: Auth,
    seen: Seen,
}

impl Installed {
    /// Puts `auth` into a request; what is returned is for its answer.
    pub(super) fn insert(auth: &Auth, extensions: &mut Extensions) -> Seen {
        let seen = Seen::default();
        extensions.insert(Self {
            auth: auth.clone(),
            seen: seen.clone(),
        });
        seen
    }

    /// Somebody was authenticated, by a credential that is exposed like this.
    pub(super) fn saw(&self, identity: &Identity, exposure: Exposure) {
        let mut found = self.seen.found();
        found.identity = Some(identity.clone());
        found.exposure = found.exposure.max(Some(exposure));
    }
}

/// Who was seen in a request, known once its guard has run.
#[derive(Clone, Debug, Default)]
pub struct Seen(Arc<Mutex<Found>>);

#[derive(Debug, Default)]
struct Found {
    identity: Option<Identity>,
    exposure: Option<Exposure>,
}

impl Seen {
    /// Says in the extensions who the caller was, for the middleware outside, and in the headers
    /// what caches have to know.
    pub(super) fn answer<B>(&self, response: &mut Response<B>) {
        let found = std::mem::take(&mut *self.found());
        if response.extensions().get::<Hidden>().is_none() {
            mark(found.exposure, response.headers_mut());
        }
        // A guard further in knows better.
        if let Some(identity) = found.identity
            && response.extensions().get::<Identity>().is_none()
        {
            response.extensions_mut().insert(identity);
        }
    }

    fn found(&self) -> std::sync::MutexGuard<'_, Found> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn mark(exposure: Option<Exposure>, headers: &mut HeaderMap) {
    if exposure >= Some(Exposure::Private) {
        headers
            .entry(CACHE_CONTROL)
            .or_insert(HeaderValue::from_static("private"));
    }
    if exposure >= Some(Exposure::Query) {
        headers
            .entry(REFERRER_POLICY)
            .or_insert(HeaderValue::from_static("no-referrer"));
    }
}
