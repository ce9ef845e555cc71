//! Revokes the keys that `Auth::revoke` names.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::SystemTime;

use super::ApiKeys;
use super::administration::whole_seconds;
use crate::box_error::BoxError;
use crate::changes::run_to_completion;
use crate::revocation::{RevocationTarget, Revoked};

impl ApiKeys {
    /// Returns `false` if there can be no such keys.
    pub(super) async fn revoke_named(&self, revoked: &Revoked) -> Result<bool, BoxError> {
        if revoked.issued_by() != &*self.settings.issuer {
            return Ok(false);
        }
        match revoked.what() {
            RevocationTarget::Token { id, .. } => self.revoke(id).await.map(|_| true),
            RevocationTarget::Subject {
                subject, before, ..
            } => self.revoke_created_by(Some(subject), *before).await,
            RevocationTarget::Issuer { before, .. } => self.revoke_created_by(None, *before).await,
            // Keys have no sessions.
            RevocationTarget::Session { .. } => Ok(false),
        }
    }

    /// Revokes the keys of `owner`, or of all owners, that were created in the second of `before` or earlier. There is
    /// no leeway, because the time of creation is from the clock of this service.
    async fn revoke_created_by(
        &self,
        owner: Option<&str>,
        before: SystemTime,
    ) -> Result<bool, BoxError> {
        let (shared, owner) = (Arc::clone(&self.shared), owner.map(str::to_owned));
        run_to_completion(async move {
            let now = whole_seconds(SystemTime::now());
            let mut done = HashSet::new();
            let mut result = Ok(());
            // Again until there is no other key: a rotation that has begun before may have added one.
            loop {
                let mut keys = shared.store.list(owner.as_deref()).await?;
                // Creation times are whole seconds.
                keys.retain(|key| key.created_at <= before && !done.contains(&key.prefix));
                if keys.is_empty() {
                    return result.map(|()| true);
                }
                for key in keys {
                    let revoked = if key.revoked_at.is_none() {
                        shared.revoke(&key.prefix, now).await.map(drop)
                    } else {
                        // Another node has revoked it, and it may be cached here.
                        drop(shared.cache.change(&key.prefix));
                        Ok(())
                    };
                    // All of them, also if one fails.
                    result = result.and(revoked);
                    done.insert(key.prefix);
                }
            }
        })
        .await?
    }
}
