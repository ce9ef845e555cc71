//! A store of sessions in memory.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::{FoundSession, SessionDigest, SessionRecord, SessionStore};
use crate::box_error::BoxError;
use crate::clock::Clock;
use crate::lock::Mutex;

/// A store of sessions in memory, for a service with one process: when it ends, all callers are logged out. Clones share
/// the sessions.
#[derive(Clone)]
pub struct MemorySessions {
    sessions: Arc<Mutex<HashMap<SessionDigest, SessionRecord>>>,
    clock: Arc<dyn Clock>,
}

impl MemorySessions {
    /// An empty store.
    #[must_use]
    pub fn new() -> Self {
        Self::with_clock(SystemTime::now)
    }

    /// An empty store with a different clock, for tests.
    #[must_use]
    pub fn with_clock(clock: impl Clock) -> Self {
        Self {
            sessions: Arc::default(),
            clock: Arc::new(clock),
        }
    }

    /// In whole milliseconds.
    fn time(&self) -> SystemTime {
        let now = self.clock.now();
        let since = now.duration_since(UNIX_EPOCH).unwrap_or_default();
        now.checked_sub(Duration::from_nanos(
            (since.subsec_nanos() % 1_000_000).into(),
        ))
        .unwrap_or(now)
    }
}

impl Default for MemorySessions {
    fn default() -> Self {
        Self::new()
    }
}

impl SessionStore for MemorySessions {
    async fn now(&self) -> Result<SystemTime, BoxError> {
        Ok(self.time())
    }

    async fn insert(
        &self,
        session: &SessionRecord,
        replaced: Option<&SessionDigest>,
    ) -> Result<(), BoxError> {
        let mut sessions = self.sessions.lock();
        match sessions.entry(session.digest) {
            Entry::Occupied(_) => return Err("the session already exists".into()),
            Entry::Vacant(entry) => {
                entry.insert(session.clone());
            }
        }
        if let Some(replaced) = replaced {
            sessions.remove(replaced);
        }
        Ok(())
    }

    async fn find(&self, digest: &SessionDigest) -> Result<Option<FoundSession>, BoxError> {
        let session = self.sessions.lock().get(digest).cloned();
        Ok(session.map(|session| FoundSession {
            session,
            now: self.time(),
        }))
    }

    async fn record_use(&self, digest: &SessionDigest) -> Result<bool, BoxError> {
        let now = self.time();
        let mut sessions = self.sessions.lock();
        let session = sessions.get_mut(digest);
        Ok(session
            .map(|session| session.last_seen_at = session.last_seen_at.max(now))
            .is_some())
    }

    async fn renew(
        &self,
        old: &SessionDigest,
        new: &SessionDigest,
        sealed: Option<&[u8]>,
    ) -> Result<bool, BoxError> {
        let mut sessions = self.sessions.lock();
        if sessions.contains_key(new) {
            return Err("the session already exists".into());
        }
        let Some(mut session) = sessions.remove(old) else {
            return Ok(false);
        };
        session.digest = *new;
        session.sealed = sealed.map(<[u8]>::to_vec);
        sessions.insert(*new, session);
        Ok(true)
    }

    async fn remove(&self, digest: &SessionDigest) -> Result<bool, BoxError> {
        Ok(self.sessions.lock().remove(digest).is_some())
    }

    async fn remove_all(&self, issuer: &str, subject: Option<&str>) -> Result<(), BoxError> {
        self.sessions.lock().retain(|_, session| {
            session.issuer != issuer || subject.is_some_and(|subject| session.subject != subject)
        });
        Ok(())
    }

    async fn remove_others(
        &self,
        issuer: &str,
        subject: &str,
        kept: &SessionDigest,
    ) -> Result<(), BoxError> {
        self.sessions.lock().retain(|digest, session| {
            digest == kept || session.issuer != issuer || session.subject != subject
        });
        Ok(())
    }

    async fn remove_of_provider(
        &self,
        issuer: &str,
        provider_session_id: &str,
    ) -> Result<(), BoxError> {
        self.sessions.lock().retain(|_, session| {
            session.issuer != issuer
                || session.provider_session_id.as_deref() != Some(provider_session_id)
        });
        Ok(())
    }

    async fn list(&self, issuer: &str, subject: &str) -> Result<Vec<SessionRecord>, BoxError> {
        let mut found: Vec<_> = self
            .sessions
            .lock()
            .values()
            .filter(|session| session.issuer == issuer && session.subject == subject)
            .cloned()
            .collect();
        found.sort_by_key(|session| std::cmp::Reverse(session.created_at));
        Ok(found)
    }

    async fn remove_expired(&self) -> Result<(), BoxError> {
        let now = self.time();
        self.sessions
            .lock()
            .retain(|_, session| !session.has_ended(now));
        Ok(())
    }
}

/// Shows the number of sessions only.
impl fmt::Debug for MemorySessions {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("MemorySessions")
            .field("sessions", &self.sessions.lock().len())
            .finish_non_exhaustive()
    }
}
