//! Writes when sessions were last used, in the background.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use foldhash::fast::RandomState;
use tokio::runtime::Handle;
use tokio::sync::Semaphore;
use tokio::time::timeout;

use super::Shared;
use super::store::SessionDigest;
use crate::counters;
use crate::lock::Mutex;
use crate::throttle::Throttle;

/// The maximum number of concurrent writes, so that they leave connections for look-ups.
const CONCURRENT: usize = 4;
/// The maximum number of writes that wait. A use that is not written is written with a later use.
const MAX_PENDING: usize = 10_000;
/// How long the store may take for one write.
const WRITE_TIMEOUT: Duration = Duration::from_secs(10);

pub(super) struct UseWriter {
    /// The sessions whose use is being written, or waits to be.
    pending: Mutex<HashSet<SessionDigest, RandomState>>,
    permits: Semaphore,
}

impl Default for UseWriter {
    fn default() -> Self {
        Self {
            pending: Mutex::default(),
            permits: Semaphore::new(CONCURRENT),
        }
    }
}

/// A use that is pending. Another one can be after it was dropped.
struct PendingUse {
    shared: Arc<Shared>,
    digest: SessionDigest,
}

impl Drop for PendingUse {
    fn drop(&mut self) {
        self.shared.uses.pending.lock().remove(&self.digest);
    }
}

impl Shared {
    /// Writes that the session is used now, unless this is being done already.
    pub(super) fn write_use(self: &Arc<Self>, digest: SessionDigest) {
        let Ok(runtime) = Handle::try_current() else {
            return;
        };
        {
            let mut pending = self.uses.pending.lock();
            if pending.len() >= MAX_PENDING || !pending.insert(digest) {
                return;
            }
        }
        let pending = PendingUse {
            shared: Arc::clone(self),
            digest,
        };
        runtime.spawn(pending.write());
    }
}

impl PendingUse {
    async fn write(self) {
        let Ok(_permit) = self.shared.uses.permits.acquire().await else {
            return;
        };
        let write = timeout(WRITE_TIMEOUT, self.shared.store.record_use(&self.digest));
        let written = write.await.unwrap_or_else(|late| Err(late.into()));
        counters::session_use(written.is_ok());
        if let Err(error) = written {
            static THROTTLE: Throttle = Throttle::new();
            if let Some(suppressed) = THROTTLE.admit() {
                tracing::warn!(
                    target: "auth_runtime",
                    suppressed,
                    %error,
                    "could not write when a session was last used: it may time out early"
                );
            }
        }
    }
}
