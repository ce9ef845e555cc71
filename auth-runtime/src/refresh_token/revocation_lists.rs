//! The lists of revoked tokens, which are asked whether a login was revoked.

use super::LEEWAY;
use super::store::RefreshTokenFamily;
use crate::box_error::BoxError;
use crate::clock::Timestamp;
use crate::lock::RwLock;
use crate::revocation::{RevocationList, RevocationQuery, WeakRevocationList};

/// The lists of the `Auth`s that have these refresh tokens, as long as an `Auth` exists.
#[derive(Default)]
pub(super) struct RevocationLists(RwLock<Vec<WeakRevocationList>>);

impl RevocationLists {
    pub(super) fn add(&self, list: &RevocationList) {
        let mut lists = self.0.write();
        lists.retain(|list| list.upgrade().is_some());
        lists.push(list.downgrade());
    }

    /// Whether the login was revoked. The store may have the family nevertheless: if it was stored after the families of
    /// its subject were removed, or if they could not be removed.
    pub(super) fn have_revoked(
        &self,
        family: &RefreshTokenFamily,
        now: Timestamp,
    ) -> Result<bool, BoxError> {
        let lists = self.0.read();
        for list in lists.iter().filter_map(WeakRevocationList::upgrade) {
            // A list takes a token from before its retention period for a revoked one, and a login may be older. With the
            // beginning of the period instead, the login is covered by the same revocations of the period.
            let remembered = now.saturating_sub(list.retention().as_secs());
            let started_at = Timestamp::of(family.started_at).max(remembered);
            let login = RevocationQuery {
                session_id: Some(&family.id),
                issued_at: Some(super::time(started_at)?),
                leeway: LEEWAY,
                ..RevocationQuery::new(&family.issuer, &family.subject)
            };
            if list.check(&login, super::time(now)?)? {
                return Ok(true);
            }
        }
        Ok(false)
    }
}
