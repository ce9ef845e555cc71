//! Checks that an identity from an earlier authentication is still valid.

use super::authentication::{AuthenticationFailure, accepts};
use super::{Auth, contain_panic};
use crate::authenticator::{AuthenticationError, check_revocation};
use crate::clock::Timestamp;
use crate::identity::Identity;
use crate::scheme::Scheme;
use crate::token_fault::TokenFault;

impl Auth {
    /// Checks that this `Auth` has authenticated the caller by an accepted kind of credential, and that the credential
    /// has neither expired nor been revoked since. Returns the identity with the scopes that its scopes imply.
    ///
    /// `schemes` are the accepted kinds; empty means all.
    pub(crate) fn validate(
        &self,
        identity: &Identity,
        schemes: &[Scheme],
    ) -> Result<Identity, AuthenticationFailure> {
        let scheme = identity.scheme();
        if !identity.is_from(self.0.id) {
            return Err(AuthenticationFailure::OtherAuth(scheme));
        }
        if !accepts(schemes, scheme) {
            return Err(AuthenticationFailure::UnsupportedScheme);
        }
        contain_panic(|| self.check_credential(identity))
            .unwrap_or_else(|| {
                Err(AuthenticationError::failed(
                    "the clock or the list of revoked tokens panicked",
                ))
            })
            .map_err(|error| AuthenticationFailure::Refused(error, Some(scheme)))?;
        let mut identity = identity.clone();
        // The application may have replaced the scopes since.
        identity.add_implied_scopes(&self.0.vocabulary);
        Ok(identity)
    }

    fn check_credential(&self, identity: &Identity) -> Result<(), AuthenticationError> {
        let time = self.0.clock.now();
        if identity.has_expired(Timestamp::of(time)) {
            return Err(TokenFault::Expired.into());
        }
        match &self.0.revocation {
            Some(list) => check_revocation(list, identity, time),
            None => Ok(()),
        }
    }
}
