//! The progress of fetching: which fetches have begun or ended, and when the next one is due.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::AbortHandle;
use tokio::time::Instant;

/// How a fetch ended: a failure has a reason.
pub(super) type FetchOutcome = Result<(), Arc<str>>;

/// The minimum time between two fetches for replaced keys. Any client can make a token that names a known key
/// and is not signed by it.
const REPLACED_KEY_COOL_DOWN: Duration = Duration::from_secs(5 * 60);

/// Why keys are fetched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Cause {
    /// The next fetch is due, or a token names an unknown key.
    Regular,
    /// A token names a known key that did not sign it. The issuer may have replaced that key by another
    /// one with the same `kid`. Such a fetch does not affect the cool-down of regular fetches.
    ReplacedKey,
}

pub(super) struct Progress {
    /// Whether there is a task.
    is_running: bool,
    /// The number of the last task. A task that was replaced must not change anything any more.
    task_id: u64,
    task: Option<AbortHandle>,
    fetching: Option<Cause>,
    /// A request needs keys.
    is_demanded: bool,
    /// The token of a request names a key that may have been replaced.
    is_replacement_demanded: bool,
    /// When the last fetch began.
    pub(super) began: Option<Instant>,
    /// When the last regular fetch ended. The cool-down starts here, so that a slow issuer gets a pause too,
    /// however long a fetch takes.
    ended_at: Option<Instant>,
    /// When the last fetch for a replaced key ended.
    replacement_ended_at: Option<Instant>,
    /// When the next regular fetch is due.
    pub(super) next: Instant,
    /// How many fetches have begun.
    pub(super) fetches_begun: u64,
    /// The number of the last fetch that brought keys, counted from one; zero if none has.
    pub(super) last_successful: u64,
    /// How many fetches have ended.
    pub(super) ended: u64,
    /// How many regular fetches have ended.
    pub(super) regular_ended: u64,
    pub(super) outcome: FetchOutcome,
    /// How many fetches in a row have failed.
    pub(super) failures: u32,
    /// When the last fetch that brought keys began.
    pub(super) succeeded: Option<Instant>,
    /// The fingerprints of the keys of the last document that were skipped, so that each is logged once.
    pub(super) skipped: BTreeSet<u64>,
}

impl Progress {
    pub(super) fn new(now: Instant) -> Self {
        Self {
            is_running: false,
            task_id: 0,
            task: None,
            fetching: None,
            is_demanded: false,
            is_replacement_demanded: false,
            began: None,
            ended_at: None,
            replacement_ended_at: None,
            next: now,
            fetches_begun: 0,
            last_successful: 0,
            ended: 0,
            regular_ended: 0,
            outcome: Err("they have not been fetched yet".into()),
            failures: 0,
            succeeded: None,
            skipped: BTreeSet::new(),
        }
    }

    /// The ID of a new task; `None` if there is a task.
    pub(super) fn start_task(&mut self) -> Option<u64> {
        if self.is_running {
            return None;
        }
        self.is_running = true;
        self.task_id += 1;
        Some(self.task_id)
    }

    /// Stores the handle of a new task. Returns whether there is a task: the new one may already have ended.
    pub(super) fn task_started(&mut self, task_id: u64, task: AbortHandle) -> bool {
        if self.is_running && self.task_id == task_id {
            self.task = Some(task);
        }
        self.is_running
    }

    /// Returns whether this was the current task.
    pub(super) fn task_ended(&mut self, task_id: u64) -> bool {
        if self.task_id != task_id || !self.is_running {
            return false;
        }
        self.is_running = false;
        self.task = None;
        if self.fetching.is_some() {
            self.end(Err("the fetch was cancelled".into()), self.next);
        }
        true
    }

    pub(super) fn task_id(&self) -> u64 {
        self.task_id
    }

    pub(super) fn take_task_with_id(&mut self, task_id: u64) -> Option<AbortHandle> {
        self.task.take_if(|_| self.task_id == task_id)
    }

    pub(super) fn take_task(&mut self) -> Option<AbortHandle> {
        self.task.take()
    }

    /// For a request that came when `before` regular fetches had ended: the outcome of the last one, or
    /// `None` if the request must wait for one.
    pub(super) fn request_keys(
        &mut self,
        before: u64,
        now: Instant,
        cool_down: Duration,
    ) -> Option<FetchOutcome> {
        // A fetch for a replaced key does not count: it may have begun before the needed key was published.
        let is_fetching = self.fetching == Some(Cause::Regular);
        let is_decided =
            self.regular_ended > before || (!is_fetching && self.is_cooling_down(now, cool_down));
        if is_decided {
            return Some(self.outcome.clone());
        }
        self.is_demanded = !is_fetching;
        None
    }

    /// For a request that came when `before` fetches had ended, and whose token names a known key that did
    /// not sign it: whether a fetch has ended since, or `None` if the request must wait for one.
    pub(super) fn request_replaced_key(
        &mut self,
        before: u64,
        now: Instant,
        cool_down: Duration,
    ) -> Option<bool> {
        if self.ended > before {
            return Some(true);
        }
        if self.fetching.is_some() {
            return None;
        }
        if !self.may_look_for_replaced_key(now, cool_down) {
            return Some(false);
        }
        self.is_replacement_demanded = true;
        None
    }

    /// When the task has to fetch, unless a request needs it earlier.
    pub(super) fn due(&self, cool_down: Duration) -> Instant {
        match self.ended_at {
            Some(ended) => self.next.max(ended + cool_down),
            None => self.next,
        }
    }

    /// The time until another fetch may begin.
    pub(super) fn cool_down_left(&self, now: Instant, cool_down: Duration) -> Duration {
        let end = self.ended_at.map(|ended| ended + cool_down);
        end.map_or(Duration::ZERO, |end| end.saturating_duration_since(now))
    }

    /// Begins a fetch if one is due or needed. Returns whether it did.
    pub(super) fn begin(&mut self, task_id: u64, now: Instant, cool_down: Duration) -> bool {
        if self.task_id != task_id || self.fetching.is_some() {
            return false;
        }
        let is_wanted = self.is_demanded || now >= self.next;
        if is_wanted && !self.is_cooling_down(now, cool_down) {
            self.is_demanded = false;
            self.fetching = Some(Cause::Regular);
        } else if self.is_replacement_demanded && self.may_look_for_replaced_key(now, cool_down) {
            self.fetching = Some(Cause::ReplacedKey);
        } else {
            return false;
        }
        // Every fetch brings replaced keys as well.
        self.is_replacement_demanded = false;
        self.fetches_begun += 1;
        self.began = Some(now);
        true
    }

    pub(super) fn end(&mut self, outcome: FetchOutcome, next: Instant) {
        let now = Instant::now();
        if self.fetching.take() == Some(Cause::ReplacedKey) {
            self.replacement_ended_at = Some(now);
        } else {
            self.ended_at = Some(now);
            self.regular_ended += 1;
        }
        self.ended += 1;
        self.outcome = outcome;
        self.next = next;
    }

    pub(super) fn is_looking_for_replaced_key(&self) -> bool {
        self.fetching == Some(Cause::ReplacedKey)
    }

    fn may_look_for_replaced_key(&self, now: Instant, cool_down: Duration) -> bool {
        let cool_down = cool_down.max(REPLACED_KEY_COOL_DOWN);
        self.replacement_ended_at
            .is_none_or(|ended| now.saturating_duration_since(ended) >= cool_down)
    }

    fn is_cooling_down(&self, now: Instant, cool_down: Duration) -> bool {
        self.ended_at
            .is_some_and(|ended| now.saturating_duration_since(ended) < cool_down)
    }
}
