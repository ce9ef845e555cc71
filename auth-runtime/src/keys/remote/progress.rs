//! Who is asked, when, and how it went: what requests and the task agree on.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::AbortHandle;
use tokio::time::Instant;

/// How a fetch ended; a failure with its reason.
pub(super) type Outcome = Result<(), Arc<str>>;

pub(super) struct Progress {
    /// Whether there is a task.
    is_running: bool,
    /// How many there were, so that the end of one is not taken for that of the next.
    turns: u64,
    task: Option<AbortHandle>,
    is_fetching: bool,
    /// A request needs keys.
    is_demanded: bool,
    /// When the last fetch began.
    pub(super) began: Option<Instant>,
    /// When it ended. The cool-down counts from here: an issuer that is slow or hangs gets its
    /// pause as well, however long a fetch takes.
    ended_at: Option<Instant>,
    /// When the next one is due.
    pub(super) next: Instant,
    /// How many fetches have begun.
    pub(super) fetches_begun: u64,
    /// The number of the last fetch that brought keys, counted from one; zero if none has.
    pub(super) last_successful: u64,
    /// How many have ended.
    pub(super) ended: u64,
    pub(super) outcome: Outcome,
    /// How many in a row have failed.
    pub(super) failures: u32,
    /// When the last one began that brought keys.
    pub(super) succeeded: Option<Instant>,
    /// The fingerprints of what was skipped of the last document, so that it is logged once.
    pub(super) skipped: BTreeSet<u64>,
}

impl Progress {
    pub(super) fn new(now: Instant) -> Self {
        Self {
            is_running: false,
            turns: 0,
            task: None,
            is_fetching: false,
            is_demanded: false,
            began: None,
            ended_at: None,
            next: now,
            fetches_begun: 0,
            last_successful: 0,
            ended: 0,
            outcome: Err("they were not fetched yet".into()),
            failures: 0,
            succeeded: None,
            skipped: BTreeSet::new(),
        }
    }

    /// The turn of a new task; none if there is one.
    pub(super) fn start_task(&mut self) -> Option<u64> {
        if self.is_running {
            return None;
        }
        self.is_running = true;
        self.turns += 1;
        Some(self.turns)
    }

    /// Whether there is a task after this one was started, which may have ended already.
    pub(super) fn task_started(&mut self, turn: u64, task: AbortHandle) -> bool {
        if self.is_running && self.turns == turn {
            self.task = Some(task);
        }
        self.is_running
    }

    /// Whether this was the task that there is.
    pub(super) fn task_ended(&mut self, turn: u64) -> bool {
        if self.turns != turn || !self.is_running {
            return false;
        }
        self.is_running = false;
        self.task = None;
        if self.is_fetching {
            self.end(Err("the fetch was broken off".into()), self.next);
        }
        true
    }

    /// That of the last task. One before it, which was ended from outside, has no say any more.
    pub(super) fn turn(&self) -> u64 {
        self.turns
    }

    pub(super) fn take_task_of(&mut self, turn: u64) -> Option<AbortHandle> {
        self.task.take_if(|_| self.turns == turn)
    }

    pub(super) fn take_task(&mut self) -> Option<AbortHandle> {
        self.task.take()
    }

    /// For a request that came when `before` fetches had ended: what the last one brought, or `None`
    /// if it has to wait for one.
    pub(super) fn ask(
        &mut self,
        before: u64,
        now: Instant,
        cool_down: Duration,
    ) -> Option<Outcome> {
        let is_decided =
            self.ended > before || (!self.is_fetching && self.is_cooling_down(now, cool_down));
        if is_decided {
            return Some(self.outcome.clone());
        }
        self.is_demanded = !self.is_fetching;
        None
    }

    /// When the task has something to do, unless a request needs it before.
    pub(super) fn due(&self, cool_down: Duration) -> Instant {
        match self.ended_at {
            Some(ended) => self.next.max(ended + cool_down),
            None => self.next,
        }
    }

    /// How long it takes until another fetch may begin.
    pub(super) fn cool_down_left(&self, now: Instant, cool_down: Duration) -> Duration {
        let end = self.ended_at.map(|ended| ended + cool_down);
        end.map_or(Duration::ZERO, |end| end.saturating_duration_since(now))
    }

    /// Whether a fetch begins now.
    pub(super) fn begin(&mut self, turn: u64, now: Instant, cool_down: Duration) -> bool {
        let wanted = self.turns == turn && (self.is_demanded || now >= self.next);
        if !wanted || self.is_fetching || self.is_cooling_down(now, cool_down) {
            return false;
        }
        self.is_demanded = false;
        self.is_fetching = true;
        self.fetches_begun += 1;
        self.began = Some(now);
        true
    }

    pub(super) fn end(&mut self, outcome: Outcome, next: Instant) {
        self.is_fetching = false;
        self.ended_at = Some(Instant::now());
        self.ended += 1;
        self.outcome = outcome;
        self.next = next;
    }

    fn is_cooling_down(&self, now: Instant, cool_down: Duration) -> bool {
        self.ended_at
            .is_some_and(|ended| now.saturating_duration_since(ended) < cool_down)
    }
}
