//! An authenticator together with its scheme, its sources and the data it provides.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use futures_util::FutureExt;
use http::request::Parts;

use super::ambient::AmbientSources;
use super::contain_panic;
use crate::authenticator::{
    AuthenticationError, Authenticator, Challenge, CredentialCache, CredentialRequest,
};
use crate::box_error::BoxError;
use crate::challenge::Accepted;
use crate::credential::Source;
use crate::identity::{Identity, Provides};
use crate::revocation::Revoked;
use crate::scheme::Scheme;

/// A kind of credential. The values that do not change are read once.
pub(super) struct ConfiguredKind {
    pub(super) scheme: Scheme,
    pub(super) sources: Vec<Source>,
    /// `None` if a caller has to add its credential to each request.
    pub(super) ambient: Option<AmbientSources>,
    pub(super) provides: Provides,
    pub(super) authenticator: Box<dyn Authenticator>,
    /// From which revoked credentials are removed.
    pub(super) cache: Option<Arc<dyn CredentialCache>>,
}

impl ConfiguredKind {
    /// If the authenticator panics, the challenge has no parameters.
    pub(super) fn accepted(&self, request: &Parts) -> Accepted {
        Accepted {
            kind: self.scheme,
            challenge: contain_panic(|| self.authenticator.challenge(request))
                .unwrap_or_else(|| Challenge::new(self.scheme)),
        }
    }

    /// Refuses an identity, which this kind has made or has cached, if its credential was revoked.
    pub(super) fn check_revocation(
        &self,
        request: &CredentialRequest<'_>,
        identity: &Identity,
    ) -> Result<(), AuthenticationError> {
        request.check_revocation(identity).inspect_err(|error| {
            if let Some(cache) = &self.cache
                && error.is_revocation()
            {
                cache.remove_revoked(request);
            }
        })
    }

    /// Revokes the credentials that this kind keeps. A panic is an error.
    pub(super) async fn revoke(&self, revoked: &Revoked) -> Result<bool, BoxError> {
        let revoking = async { self.authenticator.revoke(revoked).await };
        let result = AssertUnwindSafe(revoking).catch_unwind().await;
        result.unwrap_or_else(|_| {
            Err(format!(
                "the kind `{}` panicked in `Authenticator::revoke`",
                self.scheme
            )
            .into())
        })
    }
}
