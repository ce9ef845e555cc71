//! The `Auth` of a request, and the metadata that it collects for the response.

use std::sync::Arc;

use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, REFERRER_POLICY};
use axum::http::{Extensions, HeaderMap, HeaderValue, Response, StatusCode};

use super::denial_context::{Hidden, Requester};
use super::remembered_authentication::supersede;
use crate::auth::{Auth, Exposure};
use crate::identity::Identity;
use crate::lock::Mutex;
use crate::policy::Denial;

/// The `Auth` of a request. A private type, so that no other code can insert it into the extensions.
#[derive(Clone)]
pub(super) struct RequestAuth {
    pub(super) auth: Auth,
    metadata: ResponseMetadata,
}

impl RequestAuth {
    /// Inserts `auth` into a request. It replaces the `Auth` of an outer layer. The metadata is for the response.
    pub(super) fn insert(auth: &Auth, extensions: &mut Extensions) -> ResponseMetadata {
        let metadata = ResponseMetadata::default();
        supersede(extensions);
        extensions.insert(Self {
            auth: auth.clone(),
            metadata: metadata.clone(),
        });
        metadata
    }

    /// Records the caller and the exposure of the credential.
    pub(super) fn record_identity(
        &self,
        identity: &Identity,
        exposure: Exposure,
        requester: Requester,
    ) {
        let mut metadata = self.metadata.0.lock();
        metadata.identity = Some(identity.clone());
        metadata.exposure = metadata.exposure.max(Some(exposure));
        metadata.guarded |= requester == Requester::Guard;
        if !metadata.guarded {
            metadata.exposure_before_guards = metadata.exposure;
        }
    }
}

/// Marks a denial. Its extensions have the caller already, or must not have one, so outer layers add none.
#[derive(Clone)]
struct CallerDecided;

/// The caller that was authenticated during a request, and the exposure of its credential. Applied to the response.
#[derive(Clone, Debug, Default)]
pub struct ResponseMetadata(Arc<Mutex<Metadata>>);

#[derive(Debug, Default)]
struct Metadata {
    identity: Option<Identity>,
    exposure: Option<Exposure>,
    /// The exposure of credentials that middleware has used before any guard.
    exposure_before_guards: Option<Exposure>,
    /// Whether a guard has authenticated the request.
    guarded: bool,
}

impl ResponseMetadata {
    /// Adds the caller to the extensions, for outer middleware, and header fields for caches.
    pub(super) fn apply<B>(&self, response: &mut Response<B>) {
        let metadata = std::mem::take(&mut *self.0.lock());
        // A missing path has no guard, so a hidden route must not show that it has one.
        let hidden = response.extensions().get::<Hidden>().is_some();
        let (exposure, guarded) = if hidden {
            (metadata.exposure_before_guards, false)
        } else {
            (metadata.exposure, metadata.guarded)
        };
        if guarded || !is_empty_404(response) {
            add_cache_headers(exposure, response.headers_mut());
        }
        let extensions = response.extensions_mut();
        // The caller of an inner guard takes precedence, and so does its denial.
        if let Some(identity) = metadata.identity
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

/// Whether this is the response for a path without a route, or for a hidden one. If only middleware has authenticated
/// the request, no header fields are added to such a response, because they could distinguish the two.
fn is_empty_404<B>(response: &Response<B>) -> bool {
    response.status() == StatusCode::NOT_FOUND && !response.headers().contains_key(CONTENT_TYPE)
}

fn add_cache_headers(exposure: Option<Exposure>, headers: &mut HeaderMap) {
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
