//! The lists of revoked tokens that decide whether a login was revoked.

use std::time::SystemTime;

use super::LEEWAY;
use super::store::RefreshTokenFamily;
use crate::box_error::BoxError;
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

    /// Whether the login was revoked. The store may have the family nevertheless: if it was stored after the families
    /// of its subject were removed, or if they could not be removed.
    ///
    /// Unlike an access token, a login that is older than the retention period of a list does not count as revoked.
    pub(super) fn have_revoked(
        &self,
        family: &RefreshTokenFamily,
        now: SystemTime,
    ) -> Result<bool, BoxError> {
        let login = RevocationQuery {
            session_id: Some(&family.id),
            issued_at: Some(family.started_at),
            leeway: LEEWAY,
            ..RevocationQuery::new(&family.issuer, &family.subject)
        };
        let lists = self.0.read();
        for list in lists.iter().filter_map(WeakRevocationList::upgrade) {
            if list.has(&login, now)? {
                return Ok(true);
            }
        }
        Ok(false)
    }
}
