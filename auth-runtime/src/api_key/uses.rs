//! When keys were last used: noted in memory, written behind the answers.

use std::collections::HashMap;
use std::mem;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use tokio::runtime::Handle;
use tokio::time::{sleep, timeout};

use super::Shared;
use crate::box_error::BoxError;
use crate::lock::Mutex;

/// For how many keys a use is kept that can't be written yet.
const MOST: usize = 16_384;
/// How many are written in one go.
const BATCH: usize = 256;
/// How long one go may take.
const WRITE_TIMEOUT: Duration = Duration::from_secs(30);
/// How long it takes at least until a store that has failed is told again.
const AFTER_A_FAILURE: Duration = Duration::from_secs(1);

#[derive(Default)]
pub(super) struct PendingUses(Mutex<UseTimes>);

#[derive(Default)]
struct UseTimes {
    times: HashMap<String, SystemTime>,
    /// Whether a task is about to write them.
    scheduled: bool,
}

impl PendingUses {
    /// Whether somebody has to be sent to write it.
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

    /// Whether the task that asks this is done.
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
        } else if self.times.len() < MOST {
            self.times.insert(prefix.to_owned(), time);
        }
    }
}

/// What is being written. What is left of it is noted again, wherever the writing ends.
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
    /// Notes a use, to be written in at most `every` from now.
    pub(super) fn note_use(self: &Arc<Self>, prefix: &str, time: SystemTime, every: Duration) {
        if !self.uses.note(prefix, time) {
            return;
        }
        let writer = LastUsedWriter {
            shared: Arc::clone(self),
            is_done: false,
        };
        // Whoever authenticates outside of a runtime writes by themselves.
        if let Ok(runtime) = Handle::try_current() {
            runtime.spawn(writer.run(every));
        }
    }

    /// Writes what is noted. What can't be written is noted again.
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

/// The one task that writes. When it is no more, because it is done, because the store panicked or
/// because its runtime has ended, another may be sent.
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
                pause = every.max(AFTER_A_FAILURE);
                // Nobody will use a key any more: then there is nobody left to write for.
                gave_up = Arc::strong_count(&self.shared) == 1;
                tracing::warn!(
                    target: "auth_runtime",
                    error = %error,
                    "when API keys were last used could not be written; it is kept for the next time"
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
