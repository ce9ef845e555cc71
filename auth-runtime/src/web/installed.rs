//! The `Auth` of a request, and what it found out on the way to the answer.

use std::sync::{Arc, Mutex, PoisonError};

use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, REFERRER_POLICY};
use axum::http::{Extensions, HeaderMap, HeaderValue, Response, StatusCode};

use super::caller;
use super::response::Hidden;
use crate::auth::{Auth, Exposure};
use crate::identity::Identity;
use crate::policy::Denial;

/// The `Auth` of a request, in a type of ours so that nothing else can be mistaken for it.
#[derive(Clone)]
pub(super) struct Installed {
    pub(super) auth: Auth,
    seen: Seen,
}

impl Installed {
    /// Puts `auth` into a request, and replaces one from further out. What is returned is for the
    /// answer.
    pub(super) fn insert(auth: &Auth, extensions: &mut Extensions) -> Seen {
        let seen = Seen::default();
        caller::supersede(extensions);
        extensions.insert(Self {
            auth: auth.clone(),
            seen: seen.clone(),
        });
        seen
    }

    /// Somebody was authenticated, by a credential that is exposed like this.
    pub(super) fn saw(&self, identity: &Identity, exposure: Exposure, asked: AskedBy) {
        let mut found = self.seen.found();
        found.identity = Some(identity.clone());
        found.exposure = found.exposure.max(Some(exposure));
        found.guarded |= asked == AskedBy::Guard;
        if !found.guarded {
            found.exposure_before_guards = found.exposure;
        }
    }
}

/// Who wanted to know who is calling.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum AskedBy {
    Guard,
    /// The extractor with this name, in a handler or in middleware.
    Extractor(&'static str),
}

impl AskedBy {
    pub(super) fn extractor(self) -> Option<&'static str> {
        match self {
            Self::Guard => None,
            Self::Extractor(name) => Some(name),
        }
    }
}

/// Marks a refusal that goes out with its caller, or for good reason without one.
#[derive(Clone)]
struct Attributed;

/// Who was seen in a request, known once its guard has run.
#[derive(Clone, Debug, Default)]
pub struct Seen(Arc<Mutex<Found>>);

#[derive(Debug, Default)]
struct Found {
    identity: Option<Identity>,
    exposure: Option<Exposure>,
    /// The same as far as only middleware in front of every guard has asked.
    exposure_before_guards: Option<Exposure>,
    /// A guard was among those who saw.
    guarded: bool,
}

impl Seen {
    /// Says in the extensions who the caller was, for the middleware outside, and in the headers
    /// what caches have to know.
    pub(super) fn answer<B>(&self, response: &mut Response<B>) {
        let found = std::mem::take(&mut *self.found());
        // As the answer to a missing path, for which there is no guard to ask.
        let hidden = response.extensions().get::<Hidden>().is_some();
        let (exposure, guarded) = if hidden {
            (found.exposure_before_guards, false)
        } else {
            (found.exposure, found.guarded)
        };
        if guarded || !is_empty_404(response) {
            mark(exposure, response.headers_mut());
        }
        let extensions = response.extensions_mut();
        // A guard further in knows better, and if it refused it knows of nobody but its own.
        if let Some(identity) = found.identity
            && extensions.get::<Identity>().is_none()
            && extensions.get::<Attributed>().is_none()
        {
            extensions.insert(identity);
        }
        if extensions.get::<Denial>().is_some() {
            extensions.insert(Attributed);
        }
    }

    fn found(&self) -> std::sync::MutexGuard<'_, Found> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a path without a route is answered, and a hidden route: if only middleware has asked who is
/// calling, such answers are not marked, or else the two could be told apart.
fn is_empty_404<B>(response: &Response<B>) -> bool {
    response.status() == StatusCode::NOT_FOUND && !response.headers().contains_key(CONTENT_TYPE)
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
