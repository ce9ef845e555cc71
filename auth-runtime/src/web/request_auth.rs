//! The `Auth` of a request and what it found: one entry in the extensions of the request.

use axum::http::Extensions;
use axum::http::request::Parts;

use super::remembered_authentication::RememberedAuthentication;
use super::response_metadata::ResponseMetadata;
use crate::auth::Auth;

/// The `Auth` of a request, and the result of authenticating the request. A private type, so that no other code can
/// insert it into the extensions.
#[derive(Clone)]
pub(super) struct RequestAuth {
    pub(super) auth: Auth,
    /// The latest result, which may be of another `Auth`. It contains the earlier ones.
    pub(super) remembered: Option<RememberedAuthentication>,
    /// Shared with the layer that inserted the `Auth`. `None` if this `Auth` adds nothing to responses.
    pub(super) metadata: Option<ResponseMetadata>,
}

impl RequestAuth {
    /// Inserts `auth` into a request. It replaces the `Auth` of an outer layer. The metadata is for the response.
    pub(super) fn insert(auth: &Auth, extensions: &mut Extensions) -> Option<ResponseMetadata> {
        let metadata = auth
            .adds_to_responses()
            .then(|| ResponseMetadata::new(auth.adds_identity_to_responses()));
        if let Some(installed) = extensions.get_mut::<Self>() {
            if let Some(remembered) = &mut installed.remembered {
                remembered.supersede();
            }
            installed.auth = auth.clone();
            installed.metadata.clone_from(&metadata);
        } else {
            extensions.insert(Self {
                auth: auth.clone(),
                remembered: None,
                metadata: metadata.clone(),
            });
        }
        metadata
    }

    pub(super) fn of(parts: &Parts) -> Option<&Self> {
        parts.extensions.get()
    }

    pub(super) fn of_mut(parts: &mut Parts) -> Option<&mut Self> {
        parts.extensions.get_mut()
    }
}
