//! When keys were last used: noted in memory and written in the background.

use std::collections::HashMap;
use std::mem;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use tokio::runtime::Handle;
use tokio::time::{sleep, timeout};

use super::Shared;
use crate::box_error::BoxError;
use crate::lock::Mutex;

/// The maximum number of keys with a pending use.
const MAX_PENDING: usize = 16_384;
/// How many uses are written at once.
const BATCH: usize = 256;
/// How long the store may take for one batch.
const WRITE_TIMEOUT: Duration = Duration::from_secs(30);
/// The minimum pause before a failed write is retried.
const RETRY_PAUSE: Duration = Duration::from_secs(1);

#[derive(Default)]
pub(super) struct PendingUses(Mutex<UseTimes>);

#[derive(Default)]
struct UseTimes {
    times: HashMap<String, SystemTime>,
    /// Whether a task will write them.
    scheduled: bool,
}

impl PendingUses {
    /// Returns whether a task has to be started to write it.
    fn note(&self, prefix: &str, time: SystemTime) -> bool {
        let mut noted = self.0.lock();
        noted.add(prefix, time);
        !mem::replace(&mut noted.scheduled, true)
    }

    fn take(&self) -> UsesBeingWritten<'_> {
        let times = mem::take(&mut self.0.lock().times);
        UsesBeingWritten {
            uses: self,
            left: times.into_iter().collect(),
        }
    }

    /// Returns whether the writing task can end.
    fn finish(&self, gave_up: bool) -> bool {
        let mut noted = self.0.lock();
        noted.scheduled = !(gave_up || noted.times.is_empty());
        !noted.scheduled
    }
}

impl UseTimes {
    fn add(&mut self, prefix: &str, time: SystemTime) {
        if let Some(noted) = self.times.get_mut(prefix) {
            *noted = time.max(*noted);
        } else if self.times.len() < MAX_PENDING {
            self.times.insert(prefix.to_owned(), time);
        }
    }
}

/// Uses that are being written. The rest is noted again if writing fails or is cancelled.
struct UsesBeingWritten<'a> {
    uses: &'a PendingUses,
    left: Vec<(String, SystemTime)>,
}

impl Drop for UsesBeingWritten<'_> {
    fn drop(&mut self) {
        if !self.left.is_empty() {
            let mut noted = self.uses.0.lock();
            for (prefix, time) in &self.left {
                noted.add(prefix, *time);
            }
        }
    }
}

impl Shared {
    /// Notes a use, which is written after `every`.
    pub(super) fn note_use(self: &Arc<Self>, prefix: &str, time: SystemTime, every: Duration) {
        if !self.uses.note(prefix, time) {
            return;
        }
        let writer = LastUsedWriter {
            shared: Arc::clone(self),
            is_done: false,
        };
        // Outside of a runtime only `write_last_used` writes.
        if let Ok(runtime) = Handle::try_current() {
            runtime.spawn(writer.run(every));
        }
    }

    /// Writes the pending uses. Uses that can't be written stay pending.
    pub(super) async fn write_uses(&self) -> Result<(), BoxError> {
        let mut taken = self.uses.take();
        while !taken.left.is_empty() {
            let rest = taken.left.len().saturating_sub(BATCH);
            let batch = taken.left.get(rest..).unwrap_or_default();
            let write = timeout(WRITE_TIMEOUT, self.store.record_use(batch)).await;
            write.unwrap_or_else(|late| Err(late.into()))?;
            taken.left.truncate(rest);
        }
        Ok(())
    }
}

/// The task that writes. After it ends, because it is done, because the store panicked or because its
/// runtime has ended, another one may be started.
struct LastUsedWriter {
    shared: Arc<Shared>,
    is_done: bool,
}

impl LastUsedWriter {
    async fn run(mut self, every: Duration) {
        let mut pause = every;
        while !self.is_done {
            sleep(pause).await;
            let mut gave_up = false;
            pause = every;
            if let Err(error) = self.shared.write_uses().await {
                pause = every.max(RETRY_PAUSE);
                // If this is the last owner, no request will use a key again: do not retry forever.
                gave_up = Arc::strong_count(&self.shared) == 1;
                tracing::warn!(
                    target: "auth_runtime",
                    error = %error,
                    "could not write when API keys were last used, will retry"
                );
            }
            self.is_done = self.shared.uses.finish(gave_up);
        }
    }
}

impl Drop for LastUsedWriter {
    fn drop(&mut self) {
        if !self.is_done {
            self.shared.uses.0.lock().scheduled = false;
        }
    }
}
