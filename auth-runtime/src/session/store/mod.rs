//! What a store of sessions keeps.

mod memory;
mod record;
#[cfg(any(feature = "sqlite", feature = "postgres", feature = "redis"))]
pub(crate) mod stored;

use std::future::Future;
use std::time::SystemTime;

pub use self::memory::MemorySessions;
pub use self::record::{FoundSession, SessionDigest, SessionRecord};
use crate::box_error::BoxError;

/// Where sessions are kept: [`MemorySessions`], [`SqlStore`](crate::sql::SqlStore),
/// [`RedisSessions`](crate::redis::RedisSessions), or your own. All nodes of a service must use the same store.
///
/// All methods may be called concurrently, and from several nodes.
///
/// # Time
///
/// All times in records are of one clock, so that the clocks of the nodes do not matter: that of the database, if it
/// has one, otherwise that of the node. They are whole milliseconds.
///
/// # Replicas
///
/// In a replicated database, read from the primary: [`find`](Self::find) must return what any node wrote before the
/// call. A replica that lags behind lacks the newest sessions, which are then refused, and has sessions that were
/// ended.
///
/// # Errors
///
/// The store is unavailable. Requests with a session get 503 with `Retry-After`. They are never accepted, and never get
/// 401, which would make browsers show the login page. The text of the error is logged, and never sent to a client.
pub trait SessionStore: Send + Sync + 'static {
    /// The current time of the clock that the store uses.
    ///
    /// # Errors
    ///
    /// If the store fails.
    fn now(&self) -> impl Future<Output = Result<SystemTime, BoxError>> + Send;

    /// Adds a session, and removes the session `replaced` if there is one. Both happen, or neither.
    ///
    /// # Errors
    ///
    /// If the store fails, or has a session with this digest.
    fn insert(
        &self,
        session: &SessionRecord,
        replaced: Option<&SessionDigest>,
    ) -> impl Future<Output = Result<(), BoxError>> + Send;

    /// The session with this digest, even if it has timed out, and the current time. `None` if it was removed or never
    /// existed.
    ///
    /// # Errors
    ///
    /// If the store fails.
    fn find(
        &self,
        digest: &SessionDigest,
    ) -> impl Future<Output = Result<Option<FoundSession>, BoxError>> + Send;

    /// Sets [`last_seen_at`](SessionRecord::last_seen_at) to the current time, unless it is later already. Returns
    /// `false` if there is no session with this digest: it must not add one, because the session may just have been
    /// removed.
    ///
    /// # Errors
    ///
    /// If the store fails.
    fn record_use(
        &self,
        digest: &SessionDigest,
    ) -> impl Future<Output = Result<bool, BoxError>> + Send;

    /// Gives the session with the digest `old` the digest `new` and this sealed value, and keeps the rest. Returns
    /// `false` if there is no session with the digest `old`.
    ///
    /// # Errors
    ///
    /// If the store fails, or has a session with the digest `new`. Nothing has changed then.
    fn renew(
        &self,
        old: &SessionDigest,
        new: &SessionDigest,
        sealed: Option<&[u8]>,
    ) -> impl Future<Output = Result<bool, BoxError>> + Send;

    /// Removes a session. Returns `false` if there is none with this digest.
    ///
    /// # Errors
    ///
    /// If the store fails.
    fn remove(&self, digest: &SessionDigest)
    -> impl Future<Output = Result<bool, BoxError>> + Send;

    /// Ends all sessions of this issuer, and of this subject if there is one, that were inserted before. A session that
    /// is inserted afterwards is not affected, even in the same millisecond.
    ///
    /// It must not depend on an index that can be incomplete, as in a cache that evicts entries. If there is no other
    /// way, keep a random generation for each issuer and each subject, copy the current ones into each session, and
    /// replace the generation here: [`find`](Self::find) returns only a session whose generations are the current ones.
    ///
    /// # Errors
    ///
    /// If the store fails.
    fn remove_all(
        &self,
        issuer: &str,
        subject: Option<&str>,
    ) -> impl Future<Output = Result<(), BoxError>> + Send;

    /// Ends all sessions of this issuer and this subject that were inserted before, except for the one with the digest
    /// `kept`, as [`remove_all`](Self::remove_all) does. It must not add a session with that digest: if there is none, all
    /// sessions end.
    ///
    /// # Errors
    ///
    /// If the store fails.
    fn remove_others(
        &self,
        issuer: &str,
        subject: &str,
        kept: &SessionDigest,
    ) -> impl Future<Output = Result<(), BoxError>> + Send;

    /// Ends all sessions that were inserted before with this issuer and this
    /// [`provider_session_id`](SessionRecord::provider_session_id), as [`remove_all`](Self::remove_all) does.
    ///
    /// # Errors
    ///
    /// If the store fails.
    fn remove_of_provider(
        &self,
        issuer: &str,
        provider_session_id: &str,
    ) -> impl Future<Output = Result<(), BoxError>> + Send;

    /// The sessions of a subject, the newest first, with or without those that have timed out.
    ///
    /// # Errors
    ///
    /// If the store fails.
    fn list(
        &self,
        issuer: &str,
        subject: &str,
    ) -> impl Future<Output = Result<Vec<SessionRecord>, BoxError>> + Send;

    /// Removes the sessions that have timed out ([`SessionRecord::has_ended`]), so that the store does not grow. A
    /// store that removes them by itself has nothing to do.
    ///
    /// # Errors
    ///
    /// If the store fails.
    fn remove_expired(&self) -> impl Future<Output = Result<(), BoxError>> + Send;
}
