//! API keys, of which a store only ever sees a digest.

mod memory;
mod record;
mod rotate_error;

use std::future::Future;
use std::time::SystemTime;

use crate::box_error::BoxError;
pub use memory::MemoryApiKeys;
pub use record::{ApiKeyDigest, ApiKeyRecord};
pub use rotate_error::RotateError;

/// Where API keys are kept. An `async fn` is a fine implementation.
///
/// All methods may be called at the same time, from several nodes on one database.
///
/// # Errors
///
/// If [`find`](Self::find) fails, the request is answered 503 with `Retry-After`: never 401, which would make
/// clients throw good keys away, and never let in. The text is logged, never shown to a client. `?` works from
/// any error, and a text becomes one by `.into()`: see [`BoxError`](crate::BoxError).
pub trait ApiKeyStore: Send + Sync + 'static {
    /// The key with this digest, also if it is expired or revoked; `None` if there is none. Known
    /// and unknown digests have to cost the same: look them up by an index.
    ///
    /// # Errors
    ///
    /// The store can't say: 503.
    fn find(
        &self,
        digest: &ApiKeyDigest,
    ) -> impl Future<Output = Result<Option<ApiKeyRecord>, BoxError>> + Send;

    /// The key with this prefix, compared exactly, also if it is expired or revoked. For
    /// administration. Looks through all keys unless implemented.
    ///
    /// # Errors
    ///
    /// The store can't say.
    fn find_by_prefix(
        &self,
        prefix: &str,
    ) -> impl Future<Output = Result<Option<ApiKeyRecord>, BoxError>> + Send {
        async move {
            let keys = self.list(None).await?;
            Ok(keys.into_iter().find(|key| key.prefix == prefix))
        }
    }

    /// All keys, the newest first; of one owner if one is given.
    ///
    /// # Errors
    ///
    /// The store can't say.
    fn list(
        &self,
        owner: Option<&str>,
    ) -> impl Future<Output = Result<Vec<ApiKeyRecord>, BoxError>> + Send;

    /// Adds a key. Its prefix and its digest are new, and no other key replaces the one that it
    /// replaces.
    ///
    /// # Errors
    ///
    /// The store can't do it, or has such a key already; then nothing has changed.
    fn insert(&self, key: &ApiKeyRecord) -> impl Future<Output = Result<(), BoxError>> + Send;

    /// Marks the key with this prefix as revoked at `time`; `false` if there is no such key. One
    /// that is revoked already keeps its time.
    ///
    /// # Errors
    ///
    /// The store can't do it; then nothing has changed.
    fn revoke(
        &self,
        prefix: &str,
        time: SystemTime,
    ) -> impl Future<Output = Result<bool, BoxError>> + Send;

    /// Adds `successor`, which says that it [`replaces`](ApiKeyRecord::replaces) the key with this
    /// prefix, and lets that expire at `time`, unless it expires sooner; both or neither.
    ///
    /// Of several nodes that do this to one key at the same time one succeeds, and the others are
    /// told of its successor.
    ///
    /// # Errors
    ///
    /// The first that holds of those that [`RotateError`] lists; a key is expired if it expires by
    /// the time at which `successor` is made. Or the store can't do it, or has a key like the
    /// successor already. Then nothing has changed.
    fn rotate(
        &self,
        prefix: &str,
        time: SystemTime,
        successor: &ApiKeyRecord,
    ) -> impl Future<Output = Result<(), RotateError>> + Send;

    /// Notes when keys were last used: prefixes and times, each prefix once. An earlier time than
    /// the one that is noted changes nothing, nor does a prefix that is not there.
    ///
    /// # Errors
    ///
    /// The store can't do it now; it will be asked again.
    fn record_use(
        &self,
        uses: &[(String, SystemTime)],
    ) -> impl Future<Output = Result<(), BoxError>> + Send;
}
