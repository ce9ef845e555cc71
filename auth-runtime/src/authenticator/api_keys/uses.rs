//! When keys were last used: noted in memory, written behind the answers.

use std::collections::HashMap;
use std::mem;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use tokio::runtime::Handle;
use tokio::time::{sleep, timeout};

use super::Shared;
use crate::store::StoreError;

/// For how many keys a use is kept that can't be written yet.
const MOST: usize = 16_384;
/// How many are written in one go.
const BATCH: usize = 256;
/// How long one go may take.
const PATIENCE: Duration = Duration::from_secs(30);

#[derive(Default)]
pub(super) struct Uses(Mutex<Noted>);

#[derive(Default)]
struct Noted {
    times: HashMap<String, SystemTime>,
    /// Whether a task is about to write them.
    scheduled: bool,
}

impl Uses {
    /// Whether somebody has to be sent to write it.
    fn note(&self, prefix: &str, time: SystemTime) -> bool {
        let mut noted = self.lock();
        noted.add(prefix, time);
        !mem::replace(&mut noted.scheduled, true)
    }

    fn take(&self) -> Vec<(String, SystemTime)> {
        mem::take(&mut self.lock().times).into_iter().collect()
    }

    /// Whether the task that asks this is done.
    fn finish(&self, gave_up: bool) -> bool {
        let mut noted = self.lock();
        noted.scheduled = !(gave_up || noted.times.is_empty());
        !noted.scheduled
    }

    fn lock(&self) -> MutexGuard<'_, Noted> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Noted {
    fn add(&mut self, prefix: &str, time: SystemTime) {
        if let Some(noted) = self.times.get_mut(prefix) {
            *noted = time.max(*noted);
        } else if self.times.len() < MOST {
            self.times.insert(prefix.to_owned(), time);
        }
    }
}

impl Shared {
    /// Notes a use, to be written in at most `every` from now.
    pub(super) fn note_use(self: &Arc<Self>, prefix: &str, time: SystemTime, every: Duration) {
        if !self.uses.note(prefix, time) {
            return;
        }
        // Whoever authenticates outside of a runtime writes by themselves.
        if let Ok(runtime) = Handle::try_current() {
            runtime.spawn(write_every(Arc::clone(self), every));
        } else {
            self.uses.finish(true);
        }
    }

    /// Writes what is noted. What can't be written is noted again.
    pub(super) async fn write_uses(&self) -> Result<(), StoreError> {
        let mut uses = self.uses.take();
        while !uses.is_empty() {
            let batch = uses.split_off(uses.len().saturating_sub(BATCH));
            let write = timeout(PATIENCE, self.store.record_use(&batch)).await;
            if let Err(error) = write.unwrap_or_else(|late| Err(late.into())) {
                let mut noted = self.uses.lock();
                for (prefix, time) in uses.iter().chain(&batch) {
                    noted.add(prefix, *time);
                }
                return Err(error);
            }
        }
        Ok(())
    }
}

async fn write_every(shared: Arc<Shared>, every: Duration) {
    loop {
        sleep(every).await;
        let mut gave_up = false;
        if let Err(error) = shared.write_uses().await {
            // Nobody will use a key any more: then there is nobody left to write for.
            gave_up = Arc::strong_count(&shared) == 1;
            tracing::warn!(
                target: "auth_runtime",
                error = %error,
                "when API keys were last used could not be written; it is kept for the next time"
            );
        }
        if shared.uses.finish(gave_up) {
            return;
        }
    }
}
