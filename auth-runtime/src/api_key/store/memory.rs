//! A store of API keys in memory.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

use super::{ApiKeyDigest, ApiKeyRecord, ApiKeyStore, RotateError};
use crate::box_error::BoxError;
use crate::lock::RwLock;

/// A store of API keys in memory, for keys from a configuration. Keys that are created at run time
/// are lost when the process ends. Clones share the keys.
#[derive(Clone, Default)]
pub struct MemoryApiKeys {
    keys: Arc<RwLock<StoredKeys>>,
}

#[derive(Default)]
struct StoredKeys {
    records: HashMap<ApiKeyDigest, ApiKeyRecord>,
    digests: HashMap<String, ApiKeyDigest>,
    /// By prefix, for keys that were replaced, the prefix of the successor.
    successors: HashMap<String, String>,
}

impl MemoryApiKeys {
    /// An empty store.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A store with these keys.
    ///
    /// # Errors
    ///
    /// If two of them have the same prefix or digest, or replace the same key.
    pub fn with_keys(keys: impl IntoIterator<Item = ApiKeyRecord>) -> Result<Self, BoxError> {
        let store = Self::new();
        {
            let mut all = store.keys.write();
            for key in keys {
                all.insert(key)?;
            }
        }
        Ok(store)
    }
}

impl StoredKeys {
    fn insert(&mut self, key: ApiKeyRecord) -> Result<(), BoxError> {
        let replaces = key.replaces.as_ref();
        if self.digests.contains_key(&key.prefix)
            || self.records.contains_key(&key.digest)
            || replaces.is_some_and(|replaces| self.successors.contains_key(replaces))
        {
            return Err("the API key already exists".into());
        }
        if let Some(replaces) = replaces {
            self.successors.insert(replaces.clone(), key.prefix.clone());
        }
        self.digests.insert(key.prefix.clone(), key.digest);
        self.records.insert(key.digest, key);
        Ok(())
    }

    fn named_mut(&mut self, prefix: &str) -> Option<&mut ApiKeyRecord> {
        let digest = self.digests.get(prefix)?;
        self.records.get_mut(digest)
    }
}

impl ApiKeyStore for MemoryApiKeys {
    async fn find(&self, digest: &ApiKeyDigest) -> Result<Option<ApiKeyRecord>, BoxError> {
        Ok(self.keys.read().records.get(digest).cloned())
    }

    async fn find_by_prefix(&self, prefix: &str) -> Result<Option<ApiKeyRecord>, BoxError> {
        let keys = self.keys.read();
        let digest = keys.digests.get(prefix);
        Ok(digest.and_then(|digest| keys.records.get(digest)).cloned())
    }

    async fn list(&self, owner: Option<&str>) -> Result<Vec<ApiKeyRecord>, BoxError> {
        let mut keys: Vec<_> = self
            .keys
            .read()
            .records
            .values()
            .filter(|key| owner.is_none_or(|owner| key.owner == owner))
            .cloned()
            .collect();
        keys.sort_by(|left, right| {
            let newest_first = right.created_at.cmp(&left.created_at);
            newest_first.then_with(|| left.prefix.cmp(&right.prefix))
        });
        Ok(keys)
    }

    async fn insert(&self, key: &ApiKeyRecord) -> Result<(), BoxError> {
        self.keys.write().insert(key.clone())
    }

    async fn revoke(&self, prefix: &str, time: SystemTime) -> Result<bool, BoxError> {
        let mut keys = self.keys.write();
        let key = keys.named_mut(prefix);
        Ok(key.map(|key| key.revoked_at.get_or_insert(time)).is_some())
    }

    async fn rotate(
        &self,
        prefix: &str,
        time: SystemTime,
        successor: &ApiKeyRecord,
    ) -> Result<(), RotateError> {
        let mut keys = self.keys.write();
        let by = keys.successors.get(prefix).cloned();
        let key = keys.named_mut(prefix).ok_or(RotateError::Unknown)?;
        if let Some(by) = by {
            return Err(RotateError::Replaced { by });
        }
        let expiry = key.expires_at;
        if key.revoked_at.is_some() || expiry.is_some_and(|expiry| expiry <= successor.created_at) {
            return Err(RotateError::Ended);
        }
        keys.insert(successor.clone())?;
        if let Some(key) = keys.named_mut(prefix) {
            key.expires_at = Some(expiry.map_or(time, |sooner| sooner.min(time)));
        }
        Ok(())
    }

    async fn record_use(&self, uses: &[(String, SystemTime)]) -> Result<(), BoxError> {
        let mut keys = self.keys.write();
        for (prefix, time) in uses {
            if let Some(key) = keys.named_mut(prefix) {
                // `None` is less than all times.
                key.last_used_at = key.last_used_at.max(Some(*time));
            }
        }
        Ok(())
    }
}

impl fmt::Debug for MemoryApiKeys {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("MemoryApiKeys")
            .field("keys", &self.keys.read().records.len())
            .finish()
    }
}
