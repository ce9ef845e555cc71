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
    pub(super) is_running: bool,
    pub(super) task: Option<AbortHandle>,
    pub(super) is_fetching: bool,
    /// A request needs keys.
    pub(super) is_demanded: bool,
    /// When the last fetch began.
    pub(super) began: Option<Instant>,
    /// When the next one is due.
    pub(super) next: Instant,
    /// How many have ended.
    pub(super) ended: u64,
    pub(super) outcome: Outcome,
    /// How many in a row have failed.
    pub(super) failures: u32,
    /// When the last one began that brought keys.
    pub(super) succeeded: Option<Instant>,
    /// What was wrong with the keys of the last document, so that it is logged once.
    pub(super) skipped: BTreeSet<(String, String)>,
}

impl Progress {
    pub(super) fn new(now: Instant) -> Self {
        Self {
            is_running: false,
            task: None,
            is_fetching: false,
            is_demanded: false,
            began: None,
            next: now,
            ended: 0,
            outcome: Err("they were not fetched yet".into()),
            failures: 0,
            succeeded: None,
            skipped: BTreeSet::new(),
        }
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
        match self.began {
            Some(began) => self.next.max(began + cool_down),
            None => self.next,
        }
    }

    /// Whether a fetch begins now.
    pub(super) fn begin(&mut self, now: Instant, cool_down: Duration) -> bool {
        let wanted = self.is_demanded || now >= self.next;
        if !wanted || self.is_fetching || self.is_cooling_down(now, cool_down) {
            return false;
        }
        self.is_demanded = false;
        self.is_fetching = true;
        self.began = Some(now);
        true
    }

    pub(super) fn end(&mut self, outcome: Outcome, next: Instant) {
        self.is_fetching = false;
        self.ended += 1;
        self.outcome = outcome;
        self.next = next;
    }

    fn is_cooling_down(&self, now: Instant, cool_down: Duration) -> bool {
        self.began
            .is_some_and(|began| now.saturating_duration_since(began) < cool_down)
    }
}
