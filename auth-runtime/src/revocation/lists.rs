//! The lists of several `Auth`s, for what they share.

use std::time::SystemTime;

use super::{RevocationList, RevocationQuery, WeakRevocationList};
use crate::box_error::BoxError;
use crate::lock::RwLock;

/// The lists of the `Auth`s that share refresh tokens or sessions, as long as an `Auth` exists.
#[derive(Default)]
pub(crate) struct RevocationLists(RwLock<Vec<WeakRevocationList>>);

impl RevocationLists {
    pub(crate) fn add(&self, list: &RevocationList) {
        let mut lists = self.0.write();
        lists.retain(|list| list.upgrade().is_some());
        lists.push(list.downgrade());
    }

    /// Whether there is a list.
    #[cfg(feature = "sessions")]
    pub(crate) fn is_used(&self) -> bool {
        !self.0.read().is_empty()
    }

    /// Whether one of the lists has a revocation of the credential. Its age does not matter: unlike an access token, it
    /// may be older than the retention period of a list.
    pub(crate) fn have(
        &self,
        credential: &RevocationQuery<'_>,
        now: impl Fn() -> SystemTime,
    ) -> Result<bool, BoxError> {
        let lists = self.0.read();
        for list in lists.iter().filter_map(WeakRevocationList::upgrade) {
            if list.has(credential, now())? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The lists, to add a revocation to.
    #[cfg(feature = "sessions")]
    pub(crate) fn all(&self) -> Vec<RevocationList> {
        let lists = self.0.read();
        lists
            .iter()
            .filter_map(WeakRevocationList::upgrade)
            .collect()
    }
}
