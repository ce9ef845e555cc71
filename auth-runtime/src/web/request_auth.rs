//! The `Auth` of a request, and what it finds out on the way to the answer.

use std::sync::Arc;

use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, REFERRER_POLICY};
use axum::http::{Extensions, HeaderMap, HeaderValue, Response, StatusCode};

use super::denial_context::{Hidden, Requester};
use super::remembered_caller::supersede;
use crate::auth::{Auth, Exposure};
use crate::identity::Identity;
use crate::lock::Mutex;
use crate::policy::Denial;

/// The `Auth` of a request, in a type of ours so that nothing else can be mistaken for it.
#[derive(Clone)]
pub(super) struct RequestAuth {
    pub(super) auth: Auth,
    notes: ResponseNotes,
}

impl RequestAuth {
    /// Puts `auth` into a request, and replaces one from further out. What is returned is for the
    /// answer.
    pub(super) fn insert(auth: &Auth, extensions: &mut Extensions) -> ResponseNotes {
        let notes = ResponseNotes::default();
        supersede(extensions);
        extensions.insert(Self {
            auth: auth.clone(),
            notes: notes.clone(),
        });
        notes
    }

    /// Somebody was authenticated, by a credential that is exposed like this.
    pub(super) fn note_identity(
        &self,
        identity: &Identity,
        exposure: Exposure,
        requester: Requester,
    ) {
        let mut notes = self.notes.0.lock();
        notes.identity = Some(identity.clone());
        notes.exposure = notes.exposure.max(Some(exposure));
        notes.guarded |= requester == Requester::Guard;
        if !notes.guarded {
            notes.exposure_before_guards = notes.exposure;
        }
    }
}

/// Marks a refusal whose caller is already in its extensions, or must not be: layers further out add none.
#[derive(Clone)]
struct CallerDecided;

/// Who was authenticated while a request was answered, and by which exposure. It is applied to the response.
#[derive(Clone, Debug, Default)]
pub struct ResponseNotes(Arc<Mutex<Notes>>);

#[derive(Debug, Default)]
struct Notes {
    identity: Option<Identity>,
    exposure: Option<Exposure>,
    /// The same as far as only middleware in front of every guard has asked.
    exposure_before_guards: Option<Exposure>,
    /// Whether a guard asked who is calling.
    guarded: bool,
}

impl ResponseNotes {
    /// Says in the extensions who the caller was, for the middleware outside, and in the headers
    /// what caches have to know.
    pub(super) fn apply<B>(&self, response: &mut Response<B>) {
        let notes = std::mem::take(&mut *self.0.lock());
        // As the answer to a missing path, for which there is no guard to ask.
        let hidden = response.extensions().get::<Hidden>().is_some();
        let (exposure, guarded) = if hidden {
            (notes.exposure_before_guards, false)
        } else {
            (notes.exposure, notes.guarded)
        };
        if guarded || !is_empty_404(response) {
            mark(exposure, response.headers_mut());
        }
        let extensions = response.extensions_mut();
        // A guard further in knows better, and if it refused it knows of nobody but its own.
        if let Some(identity) = notes.identity
            && extensions.get::<Identity>().is_none()
            && extensions.get::<CallerDecided>().is_none()
        {
            extensions.insert(identity);
        }
        if extensions.get::<Denial>().is_some() {
            extensions.insert(CallerDecided);
        }
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
