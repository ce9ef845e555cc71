//! The state shared by the task that fetches keys and the requests that use them.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, MutexGuard};
use std::time::Duration;

use tokio::sync::{Notify, watch};
use tokio::time::Instant;

use super::document::{DocumentKeys, JwksDocument, Skipped};
use super::jwks_location::JwksLocation;
use super::progress::Progress;
use super::settings::KeyRefresh;
use super::unknown_keys::{FirstSeen, UnknownKeys, WantedKey};
use super::{GRACE, RemoteSettings, schedule};
use crate::counters;
use crate::fetch::{Client, shortened};
use crate::keys::algorithm::Algorithm;
use crate::keys::key_set::KeySet;
use crate::keys::state::{CurrentKeys, KeyStatus};
use crate::lock::{Mutex, RwLock};

/// The maximum number of keys of one document that are logged as skipped.
const MAX_SKIPPED_LOGGED: usize = 8;

pub(super) struct SharedKeys {
    pub(super) issuer: Box<str>,
    pub(super) origin: JwksLocation,
    pub(super) client: Client,
    pub(super) refresh: KeyRefresh,
    pub(super) algorithms: Option<Box<[Algorithm]>>,
    held: RwLock<Option<FetchedKeys>>,
    /// These three are atomic, not a part of `progress`, because every request reads them.
    key_generation: AtomicU64,
    usable_until: Moment,
    overdue_from: Moment,
    /// The start of the times in a [`Moment`].
    start: Instant,
    progress: Mutex<Progress>,
    /// If both are locked, `progress` is locked first.
    unknown_keys: Mutex<UnknownKeys>,
    /// How many fetches have ended. Also notified when the task ends.
    ended: watch::Sender<u64>,
    /// Wakes the task.
    pub(super) demand: Notify,
}

/// The keys that were fetched last.
struct FetchedKeys {
    set: Arc<KeySet>,
    keys: DocumentKeys,
    key_generation: u64,
}

/// Milliseconds since [`SharedKeys::start`].
struct Moment(AtomicU64);

impl Moment {
    fn get(&self) -> u64 {
        self.0.load(Ordering::Acquire)
    }

    fn set(&self, milliseconds: u64) {
        self.0.store(milliseconds, Ordering::Release);
    }
}

impl SharedKeys {
    pub(super) fn new(settings: RemoteSettings) -> Self {
        let start = Instant::now();
        Self {
            issuer: settings.issuer.into(),
            origin: settings.origin,
            client: settings.client,
            refresh: settings.refresh,
            algorithms: settings.algorithms.map(Vec::into_boxed_slice),
            held: RwLock::new(None),
            key_generation: AtomicU64::new(0),
            usable_until: Moment(AtomicU64::new(0)),
            overdue_from: Moment(AtomicU64::new(0)),
            start,
            progress: Mutex::new(Progress::new(start)),
            unknown_keys: Mutex::new(UnknownKeys::new()),
            ended: watch::Sender::new(0),
            demand: Notify::new(),
        }
    }

    pub(super) fn progress(&self) -> MutexGuard<'_, Progress> {
        self.progress.lock()
    }

    pub(super) fn ended(&self) -> watch::Receiver<u64> {
        self.ended.subscribe()
    }

    pub(super) fn current(&self, now: u64) -> Option<CurrentKeys> {
        let is_usable = now < self.usable_until.get();
        let held = self.held.read();
        let held = held.as_ref().filter(|_| is_usable)?;
        Some(CurrentKeys {
            set: Arc::clone(&held.set),
            key_generation: held.key_generation,
        })
    }

    pub(super) fn is_current(&self, key_generation: u64, now: u64) -> bool {
        self.key_generation.load(Ordering::Acquire) == key_generation
            && now < self.usable_until.get()
    }

    /// When this unknown key was first seen.
    pub(super) fn first_seen(&self, wanted: WantedKey<'_>) -> FirstSeen {
        let begun = self.progress().fetches_begun;
        self.unknown_keys.lock().first_seen(wanted, begun)
    }

    /// The time until a fetch that could bring a key first seen then may begin. `None` if a fetch that
    /// began later has brought keys.
    pub(super) fn until_fetch_after(&self, first_seen: FirstSeen) -> Option<Duration> {
        let progress = self.progress();
        (!first_seen.is_before(progress.last_successful))
            .then(|| progress.cool_down_left(Instant::now(), self.refresh.cool_down))
    }

    /// Whether keys have been fetched at least once.
    pub(super) fn is_ready(&self) -> bool {
        self.usable_until.get() > 0
    }

    /// Whether the next fetch should have ended by now, or there is no task to begin it.
    pub(super) fn is_overdue(&self, now: u64) -> bool {
        now >= self.overdue_from.get()
    }

    /// The time after which a fetch that was due has ended if the task is running.
    pub(super) fn fetch_time_limit(&self) -> Duration {
        self.refresh.timeout + GRACE
    }

    /// See [`Progress::start_task`].
    pub(super) fn start_task(&self) -> Option<u64> {
        let mut progress = self.progress();
        let task_id = progress.start_task()?;
        self.update_overdue_from(&progress);
        Some(task_id)
    }

    fn update_overdue_from(&self, progress: &Progress) {
        let due = progress.due(self.refresh.cool_down).max(Instant::now());
        let overdue = due + self.next_fetch_time_limit(progress);
        self.overdue_from.set(self.moment(overdue));
    }

    /// The time after which the next fetch has ended if the task is running. A fetch for a replaced key that is
    /// in progress comes before it.
    fn next_fetch_time_limit(&self, progress: &Progress) -> Duration {
        if progress.is_looking_for_replaced_key() {
            2 * self.fetch_time_limit()
        } else {
            self.fetch_time_limit()
        }
    }

    /// See [`Progress::begin`].
    pub(super) fn begin(&self, task_id: u64) -> bool {
        let mut progress = self.progress();
        let begins = progress.begin(task_id, Instant::now(), self.refresh.cool_down);
        if begins {
            self.update_overdue_from(&progress);
        }
        begins
    }

    pub(super) fn end_task(&self) {
        let task = self.progress().take_task();
        if let Some(task) = task {
            task.abort();
        }
    }

    /// The task ended with its runtime, or was aborted.
    pub(super) fn task_ended(&self, task_id: u64) {
        let mut progress = self.progress();
        if progress.task_ended(task_id) {
            // The next use of the keys starts another task.
            self.overdue_from.set(0);
        }
        self.notify_waiting(progress);
    }

    /// A fetch brought these keys.
    pub(super) fn succeeded(
        &self,
        task_id: u64,
        mut document: JwksDocument,
        lifetime: Option<Duration>,
    ) {
        let interval = schedule::interval(&self.refresh, lifetime);
        let next_in = schedule::next_after_success(&self.refresh, interval);
        let count = document.set.len();
        // The lock is held until `notify_waiting`, so that an earlier task can't install its keys in between.
        let mut progress = self.progress();
        if progress.task_id() != task_id {
            return;
        }
        let all = document.skipped.iter().map(Skipped::fingerprint).collect();
        let before = std::mem::replace(&mut progress.skipped, all);
        let mut skipped = std::mem::take(&mut document.skipped);
        skipped.retain(|key| !before.contains(&key.fingerprint()));
        let began = progress.began.unwrap_or_else(Instant::now);
        let gone = self.install(document, progress.fetches_begun);
        progress.last_successful = progress.fetches_begun;
        // From the start of the fetch: the response may be that old.
        let next = began + next_in;
        self.usable_until
            .set(self.moment(began + interval + self.refresh.stale_for));
        progress.failures = 0;
        progress.succeeded = Some(began);
        progress.end(Ok(()), next);
        self.update_overdue_from(&progress);
        self.notify_waiting(progress);
        counters::key_fetch(&self.issuer, true);
        tracing::debug!(
            target: "auth_runtime",
            issuer = %self.issuer,
            keys = count,
            next_refresh_seconds = next.saturating_duration_since(Instant::now()).as_secs(),
            "keys fetched"
        );
        if !gone.is_empty() {
            tracing::info!(
                target: "auth_runtime",
                issuer = %self.issuer,
                key = shortened(&gone.join(", ")),
                "key taken away"
            );
        }
        self.log_skipped(&skipped);
    }

    /// A fetch failed. The old keys stay.
    pub(super) fn failed(&self, task_id: u64, reason: &str) {
        let mut progress = self.progress();
        if progress.task_id() != task_id {
            return;
        }
        progress.failures = progress.failures.saturating_add(1);
        let pause = schedule::next_after_failure(&self.refresh, progress.failures);
        let next = Instant::now() + pause;
        progress.end(Err(reason.into()), next);
        self.update_overdue_from(&progress);
        self.notify_waiting(progress);
        counters::key_fetch(&self.issuer, false);
        let usable_for = self.usable_until.get().saturating_sub(self.now());
        tracing::warn!(
            target: "auth_runtime",
            issuer = %self.issuer,
            error = reason,
            usable_for_seconds = usable_for / 1_000,
            "keys could not be fetched"
        );
    }

    pub(super) fn status(&self) -> KeyStatus {
        let now = Instant::now();
        let keys = {
            let held = self.held.read();
            held.as_ref().map_or(0, |held| held.set.len())
        };
        let progress = self.progress();
        KeyStatus {
            keys,
            usable: self.now() < self.usable_until.get(),
            age: progress
                .succeeded
                .map(|succeeded| now.saturating_duration_since(succeeded)),
            last_error: match &progress.outcome {
                _ if now
                    >= progress.due(self.refresh.cool_down)
                        + self.next_fetch_time_limit(&progress) =>
                {
                    Some("a fetch is overdue: the task that fetches is not running".to_owned())
                }
                Err(reason) if progress.ended > 0 => Some(reason.to_string()),
                _ => None,
            },
            next_refresh: Some(progress.next.saturating_duration_since(now)),
        }
    }

    /// Replaces the old keys by those of this fetch. Returns the names of the keys that were removed.
    fn install(&self, document: JwksDocument, fetch: u64) -> Vec<String> {
        let mut held = self.held.write();
        let old = held.as_ref();
        let gone = old.map_or_else(Vec::new, |old| old.keys.missing_in(&document.keys));
        // A removed key was known before this fetch, so it does not count as new.
        let old_ids = old.into_iter().flat_map(|old| old.set.ids());
        for id in old_ids.filter(|id| !document.set.knows(id)) {
            self.unknown_keys.lock().remember_removed(id, fetch);
        }
        let key_generation =
            self.key_generation.load(Ordering::Acquire) + u64::from(!gone.is_empty());
        self.key_generation.store(key_generation, Ordering::Release);
        *held = Some(FetchedKeys {
            set: Arc::new(document.set),
            keys: document.keys,
            key_generation,
        });
        gone
    }

    fn log_skipped(&self, skipped: &[Skipped]) {
        let issuer = &*self.issuer;
        for skipped in skipped.iter().take(MAX_SKIPPED_LOGGED) {
            let (key, reason) = (&*skipped.key, &*skipped.reason);
            if skipped.is_exposed {
                tracing::error!(target: "auth_runtime", issuer, key, reason, "key skipped");
            } else {
                tracing::warn!(target: "auth_runtime", issuer, key, reason, "key skipped");
            }
        }
    }

    /// Wakes the requests that wait for a fetch.
    fn notify_waiting(&self, progress: MutexGuard<'_, Progress>) {
        let ended = progress.ended;
        drop(progress);
        self.ended.send_replace(ended);
    }

    pub(super) fn now(&self) -> u64 {
        self.moment(Instant::now())
    }

    fn moment(&self, instant: Instant) -> u64 {
        let since = instant.saturating_duration_since(self.start).as_millis();
        u64::try_from(since).unwrap_or(u64::MAX)
    }
}
