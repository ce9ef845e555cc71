//! Stores of API keys. A store only ever sees the digests of keys.

mod memory;
mod record;
mod rotate_error;

use std::future::Future;
use std::time::SystemTime;

use crate::box_error::BoxError;
pub use memory::MemoryApiKeys;
pub use record::{ApiKeyDigest, ApiKeyRecord};
pub use rotate_error::RotateError;

/// A store of API keys. Methods can be implemented with `async fn`.
///
/// All methods may be called concurrently, and from several nodes that share a database.
///
/// # Errors
///
/// If [`find`](Self::find) fails, the request gets 503 with `Retry-After`: never 401, which would make
/// clients discard valid keys, and it is never let in. The text of the error is logged, and never shown to a
/// client. `?` converts any error, and `.into()` a text: see [`BoxError`](crate::BoxError).
pub trait ApiKeyStore: Send + Sync + 'static {
    /// The key with this digest, even if it is expired or revoked, or `None` if there is none. Look it
    /// up by an index, so that known and unknown digests take the same time.
    ///
    /// # Errors
    ///
    /// If the store fails. The request gets 503.
    fn find(
        &self,
        digest: &ApiKeyDigest,
    ) -> impl Future<Output = Result<Option<ApiKeyRecord>, BoxError>> + Send;

    /// The key with this prefix, compared exactly, even if it is expired or revoked. It is used for
    /// administration. The default implementation searches all keys.
    ///
    /// # Errors
    ///
    /// If the store fails.
    fn find_by_prefix(
        &self,
        prefix: &str,
    ) -> impl Future<Output = Result<Option<ApiKeyRecord>, BoxError>> + Send {
        async move {
            let keys = self.list(None).await?;
            Ok(keys.into_iter().find(|key| key.prefix == prefix))
        }
    }

    /// All keys, or those of one owner. The newest is the first.
    ///
    /// # Errors
    ///
    /// If the store fails.
    fn list(
        &self,
        owner: Option<&str>,
    ) -> impl Future<Output = Result<Vec<ApiKeyRecord>, BoxError>> + Send;

    /// Adds a key.
    ///
    /// # Errors
    ///
    /// If the store fails, or already has a key with the same prefix, the same digest, or the same
    /// [`replaces`](ApiKeyRecord::replaces). Nothing has changed then.
    fn insert(&self, key: &ApiKeyRecord) -> impl Future<Output = Result<(), BoxError>> + Send;

    /// Marks the key with this prefix as revoked at `time`. Returns `false` if there is no such key. A
    /// key that is already revoked keeps its time.
    ///
    /// # Errors
    ///
    /// If the store fails. Nothing has changed then.
    fn revoke(
        &self,
        prefix: &str,
        time: SystemTime,
    ) -> impl Future<Output = Result<bool, BoxError>> + Send;

    /// Adds `successor`, whose [`replaces`](ApiKeyRecord::replaces) is `prefix`, and sets the expiry of
    /// the key with this prefix to `time`, unless it expires sooner. Both happen, or neither.
    ///
    /// If several nodes rotate one key concurrently, one of them succeeds, and the others get
    /// [`RotateError::Replaced`] with its successor.
    ///
    /// # Errors
    ///
    /// The first variant of [`RotateError`] that applies. A key is expired if its expiry is not after
    /// the creation of `successor`. [`RotateError::Store`] if the store fails, or [`insert`](Self::insert)
    /// would refuse `successor`. Nothing has changed then.
    fn rotate(
        &self,
        prefix: &str,
        time: SystemTime,
        successor: &ApiKeyRecord,
    ) -> impl Future<Output = Result<(), RotateError>> + Send;

    /// Records when keys were last used: prefixes and times, each prefix once. Times that are earlier
    /// than the recorded one are ignored, as are unknown prefixes.
    ///
    /// # Errors
    ///
    /// If the store fails. The call is retried later.
    fn record_use(
        &self,
        uses: &[(String, SystemTime)],
    ) -> impl Future<Output = Result<(), BoxError>> + Send;
}
