//! The metadata that an `Auth` collects during a request and adds to the response.

use std::sync::Arc;

use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, REFERRER_POLICY};
use axum::http::{HeaderMap, HeaderValue, Response, StatusCode};

use super::denial_context::{Hidden, Requester};
use crate::auth::{Exposure, Storage};
use crate::identity::Identity;
use crate::lock::Mutex;
use crate::policy::Denial;

/// The exposure of the caller's credential, and the caller if responses are to have it in their extensions.
#[derive(Clone, Debug)]
pub struct ResponseMetadata(Arc<Mutex<Metadata>>);

#[derive(Debug)]
struct Metadata {
    /// Whether the extensions of the response get the caller.
    keeps_identity: bool,
    identity: Option<Identity>,
    exposure: Exposure,
    /// The exposure of credentials that middleware has used before any guard.
    exposure_before_guards: Exposure,
    /// Whether a guard has authenticated the request.
    guarded: bool,
}

impl ResponseMetadata {
    pub(super) fn new(keeps_identity: bool) -> Self {
        Self(Arc::new(Mutex::new(Metadata {
            keeps_identity,
            identity: None,
            exposure: Exposure::default(),
            exposure_before_guards: Exposure::default(),
            guarded: false,
        })))
    }

    /// Whether a caller was recorded, by a guard or with an exposed credential.
    pub(super) fn is_recorded(&self) -> bool {
        let metadata = self.0.lock();
        metadata.guarded || metadata.exposure != Exposure::default()
    }

    /// Records the caller and the exposure of the credential.
    pub(super) fn record_identity(
        &self,
        identity: &Identity,
        exposure: Exposure,
        requester: Requester,
    ) {
        let mut metadata = self.0.lock();
        if metadata.keeps_identity {
            metadata.identity = Some(identity.clone());
        }
        metadata.exposure = metadata.exposure.max(exposure);
        metadata.guarded |= requester == Requester::Guard;
        if !metadata.guarded {
            metadata.exposure_before_guards = metadata.exposure;
        }
    }

    /// Adds the caller to the extensions, for outer middleware, and header fields for caches.
    pub(super) fn apply<B>(&self, response: &mut Response<B>) {
        let mut metadata = self.0.lock();
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
        // The caller of an inner guard takes precedence. A refusal already has the caller, or must not have one.
        if let Some(identity) = metadata.identity.take()
            && extensions.get::<Identity>().is_none()
            && extensions.get::<Denial>().is_none()
        {
            extensions.insert(identity);
        }
    }
}

/// Whether this is the response for a path without a route, or for a hidden one. If only middleware has authenticated
/// the request, no header fields are added to such a response, because they could distinguish the two.
fn is_empty_404<B>(response: &Response<B>) -> bool {
    response.status() == StatusCode::NOT_FOUND && !response.headers().contains_key(CONTENT_TYPE)
}

fn add_cache_headers(exposure: Exposure, headers: &mut HeaderMap) {
    let storage = match exposure.storage {
        Storage::Any => None,
        Storage::Private => Some("private"),
        Storage::Nothing => Some("no-store"),
    };
    if let Some(storage) = storage {
        headers
            .entry(CACHE_CONTROL)
            .or_insert(HeaderValue::from_static(storage));
    }
    if exposure.in_query {
        headers
            .entry(REFERRER_POLICY)
            .or_insert(HeaderValue::from_static("no-referrer"));
    }
}
