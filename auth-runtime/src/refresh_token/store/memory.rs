//! A store of refresh tokens in memory.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

use super::{RefreshTokenFamily, RefreshTokenRotation, RefreshTokenStore};
use crate::box_error::BoxError;
use crate::lock::Mutex;

/// A store of refresh tokens in memory, for a service with one process: when it ends, all callers have to log in
/// again. Clones share the families.
#[derive(Clone, Default)]
pub struct MemoryRefreshTokens {
    families: Arc<Mutex<HashMap<String, RefreshTokenFamily>>>,
}

impl MemoryRefreshTokens {
    /// An empty store.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }
}

impl RefreshTokenStore for MemoryRefreshTokens {
    async fn insert(&self, family: &RefreshTokenFamily) -> Result<(), BoxError> {
        match self.families.lock().entry(family.id.clone()) {
            Entry::Occupied(_) => Err("the family of refresh tokens already exists".into()),
            Entry::Vacant(entry) => {
                entry.insert(family.clone());
                Ok(())
            }
        }
    }

    async fn find(&self, id: &str) -> Result<Option<RefreshTokenFamily>, BoxError> {
        Ok(self.families.lock().get(id).cloned())
    }

    async fn rotate(&self, rotation: &RefreshTokenRotation) -> Result<bool, BoxError> {
        let mut families = self.families.lock();
        let family = families
            .get_mut(&rotation.id)
            .filter(|family| family.generation == rotation.generation);
        let Some(family) = family else {
            return Ok(false);
        };
        family.generation += 1;
        family.previous_digest = Some(family.digest);
        family.digest = rotation.digest;
        family.rotated_at = rotation.rotated_at;
        family.expires_at = rotation.expires_at;
        Ok(true)
    }

    async fn remove(&self, id: &str) -> Result<bool, BoxError> {
        Ok(self.families.lock().remove(id).is_some())
    }

    async fn remove_started(
        &self,
        issuer: &str,
        subject: Option<&str>,
        latest: SystemTime,
    ) -> Result<(), BoxError> {
        self.families.lock().retain(|_, family| {
            family.issuer != issuer
                || subject.is_some_and(|subject| family.subject != subject)
                || family.started_at > latest
        });
        Ok(())
    }

    async fn remove_expired(&self, now: SystemTime) -> Result<(), BoxError> {
        let mut families = self.families.lock();
        families.retain(|_, family| now < family.expires_at);
        Ok(())
    }
}

/// Shows the number of families only.
impl fmt::Debug for MemoryRefreshTokens {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("MemoryRefreshTokens")
            .field("families", &self.families.lock().len())
            .finish()
    }
}
