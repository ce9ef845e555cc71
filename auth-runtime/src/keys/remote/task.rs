//! The task that fetches the keys of one issuer: one at a time, and none without need.

use std::sync::Arc;

use tokio::runtime::Handle;
use tokio::time::{Instant, timeout_at};

use super::document::JwksDocument;
use super::freshness;
use super::jwks_location::Discovered;
use super::progress::FetchOutcome;
use super::shared::SharedKeys;
use crate::fetch::{ExchangeLimits, shortened};

/// For a request that came when `before` regular fetches had ended: the outcome of the last one, or
/// `None` if the request must wait for the next one, which is then under way.
pub(super) fn ask(shared: &Arc<SharedKeys>, before: u64) -> Option<FetchOutcome> {
    let cool_down = shared.refresh.cool_down;
    let outcome = shared.progress().ask(before, Instant::now(), cool_down);
    if outcome.is_none() && !demand(shared) {
        return Some(Err("there is no tokio runtime to fetch them on".into()));
    }
    outcome
}

/// For a request that came when `before` fetches had ended, and whose token names a known key that did not
/// sign it: whether a fetch has ended since, or `None` if a fetch is under way.
pub(super) fn ask_for_replaced_key(shared: &Arc<SharedKeys>, before: u64) -> Option<bool> {
    let cool_down = shared.refresh.cool_down;
    let fetched = shared
        .progress()
        .ask_for_replaced_key(before, Instant::now(), cool_down);
    if fetched.is_none() && !demand(shared) {
        return Some(false);
    }
    fetched
}

/// Wakes the task, which then decides whether to fetch. Returns whether there is a task.
fn demand(shared: &Arc<SharedKeys>) -> bool {
    let is_running = ensure(shared);
    if is_running {
        shared.demand.notify_one();
    }
    is_running
}

/// The next fetch is overdue: there is no task, or one that does not run.
pub(super) fn revive(shared: &Arc<SharedKeys>) {
    let turn = shared.progress().turn();
    // Not once more for each of those who have found out at the same time.
    if shared.is_overdue(shared.now()) {
        replace(shared, turn);
    }
}

/// Ends the task of this turn, which does not run, and starts one here, where somebody needs it.
pub(super) fn replace(shared: &Arc<SharedKeys>, turn: u64) {
    if Handle::try_current().is_err() {
        return;
    }
    let task = shared.progress().take_task_of(turn);
    if let Some(task) = task {
        // Its own end may never come, or come late.
        task.abort();
        shared.task_ended(turn);
    }
    ensure(shared);
}

/// Starts the task if there is none, and returns whether there is one that can be waited for.
pub(super) fn ensure(shared: &Arc<SharedKeys>) -> bool {
    let Ok(runtime) = Handle::try_current() else {
        return false;
    };
    let Some(turn) = shared.start_task() else {
        return true;
    };
    // Without the lock: a runtime that is shutting down drops the task at once, which takes it.
    let task = runtime.spawn(run(RunningTask {
        shared: Arc::clone(shared),
        turn,
    }));
    shared.progress().task_started(turn, task.abort_handle())
}

/// There is a task as long as this is.
struct RunningTask {
    shared: Arc<SharedKeys>,
    turn: u64,
}

impl Drop for RunningTask {
    fn drop(&mut self) {
        self.shared.task_ended(self.turn);
    }
}

async fn run(running: RunningTask) {
    let shared = &*running.shared;
    let cool_down = shared.refresh.cool_down;
    let mut discovered = None;
    loop {
        let due = shared.progress().due(cool_down);
        // Due or demanded: `begin` looks which.
        let _ = timeout_at(due, shared.demand.notified()).await;
        if shared.begin(running.turn) {
            fetch(&running, &mut discovered).await;
        }
    }
}

async fn fetch(running: &RunningTask, discovered: &mut Option<Discovered>) {
    let (shared, turn) = (&*running.shared, running.turn);
    let limits = ExchangeLimits {
        until: Instant::now() + shared.refresh.timeout,
        length: shared.refresh.longest_answer,
    };
    let keep = shared.refresh.max_interval;
    let answer = shared
        .origin
        .fetch(&shared.client, limits, discovered, keep)
        .await;
    let read = answer.and_then(|answer| {
        let document = JwksDocument::read(&answer, shared.algorithms.as_deref());
        let document = document.map_err(|problem| shortened(&problem.to_string()))?;
        Ok((document, freshness::lifetime(&answer.headers)))
    });
    match read {
        Ok((document, lifetime)) => shared.succeeded(turn, document, lifetime),
        Err(reason) => shared.failed(turn, &reason),
    }
}
