//! A bearer token that was found genuine, and for how long that holds.

use std::time::SystemTime;

#[cfg(feature = "introspection")]
use tokio::time::Instant;

use super::claims::Lifetime;
use crate::clock::Timestamp;
use crate::identity::Identity;
use crate::revocation::RevocationQuery;
use crate::token_fault::TokenFault;

/// Verified by a signature or by an introspection. Whether it was revoked and
/// what the application makes of the caller come after.
#[derive(Clone)]
pub(super) struct Verified {
    pub(super) identity: Identity,
    pub(super) lifetime: Lifetime,
    pub(super) revocable: Revocable,
    pub(super) by: VerifiedBy,
}

/// Who said that it is genuine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum VerifiedBy {
    /// A key of the issuer with this index; how often a key had been taken away by then.
    Signed { issuer: usize, key_generation: u64 },
    /// The authorization server, which is to be asked again then.
    #[cfg(feature = "introspection")]
    Introspected { until: Instant },
}

impl VerifiedBy {
    /// Whether somebody can be asked to say it again.
    pub(super) fn can_be_renewed(self) -> bool {
        match self {
            Self::Signed { .. } => false,
            #[cfg(feature = "introspection")]
            Self::Introspected { .. } => true,
        }
    }
}

/// What a token can be revoked by, besides whose it is.
#[derive(Clone, Debug, Default)]
pub(super) struct Revocable {
    pub(super) token_id: Option<Box<str>>,
    pub(super) session_id: Option<Box<str>>,
}

impl Verified {
    pub(super) fn check_times(&self, now: Timestamp) -> Result<(), TokenFault> {
        self.lifetime.check(now)
    }

    /// Whether what the authorization server said may still be relied on: until then, and never
    /// beyond `exp` (RFC 7662 section 4), also if the clock has jumped.
    #[cfg(feature = "introspection")]
    pub(super) fn is_fresh(&self, until: Instant, now: Timestamp) -> bool {
        Instant::now() < until && self.lifetime.expiry().is_none_or(|expiry| now < expiry)
    }

    pub(super) fn ids(&self) -> RevocationQuery<'_> {
        let id = self.identity.id();
        RevocationQuery {
            issuer: id.issuer(),
            subject: id.subject(),
            token_id: self.revocable.token_id.as_deref(),
            session_id: self.revocable.session_id.as_deref(),
            issued_at: self.issued_at(),
            leeway: self.lifetime.leeway(),
        }
    }

    /// About how many bytes it takes.
    pub(super) fn size(&self) -> usize {
        const FIXED: usize = 512;
        FIXED + self.identity.size()
    }

    /// `None` also where no clock of ours can express it, which is as good as none.
    fn issued_at(&self) -> Option<SystemTime> {
        self.lifetime
            .issued_at()
            .and_then(Timestamp::to_system_time)
    }
}
