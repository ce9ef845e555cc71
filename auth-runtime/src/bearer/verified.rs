//! A verified bearer token.

#[cfg(feature = "introspection")]
use tokio::time::Instant;

use super::claims::{Lifetime, text};
use super::parse::Members;
use crate::clock::Timestamp;
use crate::identity::{Identity, IssuedAt, Revocable};
use crate::token_fault::TokenFault;

/// A token that was verified by its signature or by introspection. Revocation and `map_identity` come
/// afterwards.
#[derive(Clone)]
pub(super) struct Verified {
    pub(super) identity: Identity,
    pub(super) lifetime: Lifetime,
    pub(super) by: VerifiedBy,
}

/// How a token was verified.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum VerifiedBy {
    /// By a key of the issuer with this index. See [`CurrentKeys`](crate::keys::CurrentKeys) for the
    /// generation.
    Signed { issuer: usize, key_generation: u64 },
    /// By the authorization server, whose answer is valid until then.
    #[cfg(feature = "introspection")]
    Introspected { until: Instant },
}

impl VerifiedBy {
    /// Whether a stale token can be verified again by the authorization server.
    pub(super) fn can_be_renewed(self) -> bool {
        match self {
            Self::Signed { .. } => false,
            #[cfg(feature = "introspection")]
            Self::Introspected { .. } => true,
        }
    }
}

/// The claims by which a token can be revoked.
#[derive(Clone, Copy)]
pub(super) struct RevocableIds<'a> {
    token_id: Option<&'a str>,
    session_id: Option<&'a str>,
}

impl<'a> RevocableIds<'a> {
    pub(super) fn read(claims: &'a Members<'_>) -> Result<Self, TokenFault> {
        Ok(Self {
            token_id: text(claims.get("jti"))?,
            session_id: text(claims.get("sid"))?,
        })
    }

    /// The identifier of the token is needed only if there is a list of revoked tokens.
    pub(super) fn to_revocable(
        self,
        issued_at: Option<Timestamp>,
        needs_token_id: bool,
    ) -> Revocable {
        Revocable {
            token_id: self.token_id.filter(|_| needs_token_id).map(Into::into),
            session_id: self.session_id.map(Into::into),
            issued_at: issued_at.map_or(IssuedAt::Unknown, IssuedAt::Known),
        }
    }
}

impl Verified {
    pub(super) fn check_times(&self, now: Timestamp) -> Result<(), TokenFault> {
        self.lifetime.check(now)
    }

    /// Whether the answer of the authorization server is still valid: before `until` and before `exp`
    /// (RFC 7662 section 4), even if the clock was changed.
    #[cfg(feature = "introspection")]
    pub(super) fn is_fresh(&self, until: Instant, now: Timestamp) -> bool {
        Instant::now() < until && self.lifetime.expiry().is_none_or(|expiry| now < expiry)
    }

    /// An estimate of its size in bytes.
    pub(super) fn size(&self) -> usize {
        const FIXED: usize = 512;
        FIXED + self.identity.size()
    }
}
