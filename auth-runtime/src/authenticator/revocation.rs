//! Decides whether a credential was revoked: in a request, and afterwards in `Auth::authorize`.

use std::time::{Duration, SystemTime};

use super::{AuthenticationError, CredentialRequest};
use crate::identity::{Identity, IssuedAt};
use crate::revocation::{RevocationList, RevocationQuery};
use crate::token_fault::TokenFault;

/// The cache of a kind, from which revoked credentials are removed.
pub(crate) trait CredentialCache: Send + Sync {
    /// Removes the credential of this request.
    fn remove_revoked(&self, request: &CredentialRequest<'_>);
}

impl CredentialRequest<'_> {
    /// Refuses a credential of this request that was revoked.
    ///
    /// `auth/` asks this about every result of every kind, also about a cached one. A kind whose authentication goes on
    /// after the credential has been verified asks between its steps too: before it maps the identity, before it caches
    /// it, and before it introspects a token again.
    ///
    /// A kind that does not say when its credentials are issued keeps the revoked ones itself:
    /// [`Authenticator::revoke`](super::Authenticator::revoke).
    pub(crate) fn check_revocation(&self, identity: &Identity) -> Result<(), AuthenticationError> {
        match (self.revocation, identity.data().revocable.issued_at) {
            (None, _) | (_, IssuedAt::Unstated { .. }) => Ok(()),
            (Some(list), _) => check_revocation(list, identity, self.now()),
        }
    }

    /// How long revocations are remembered; `None` without a list.
    pub(crate) fn revocation_retention(&self) -> Option<Duration> {
        self.revocation.map(RevocationList::retention)
    }
}

/// Refuses an identity whose credential was revoked. If its kind does not say when the credential was issued, the time
/// of its verification counts.
pub(crate) fn check_revocation(
    list: &RevocationList,
    identity: &Identity,
    now: SystemTime,
) -> Result<(), AuthenticationError> {
    match list.check(&RevocationQuery::of(identity), now) {
        Ok(false) => Ok(()),
        Ok(true) => Err(TokenFault::Revoked.into()),
        Err(error) => Err(AuthenticationError::unavailable(error)),
    }
}

impl AuthenticationError {
    /// Whether the credential is refused because it was revoked.
    pub(crate) fn is_revocation(&self) -> bool {
        matches!(self, Self::Token(TokenFault::Revoked))
    }
}
