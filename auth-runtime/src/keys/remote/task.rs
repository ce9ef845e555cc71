//! The task that fetches the keys of one issuer, one fetch at a time.

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
/// `None` if the request must wait for the next one, which is then requested.
pub(super) fn request_keys(shared: &Arc<SharedKeys>, before: u64) -> Option<FetchOutcome> {
    let cool_down = shared.refresh.cool_down;
    let outcome = shared
        .progress()
        .request_keys(before, Instant::now(), cool_down);
    if outcome.is_none() && !wake(shared) {
        return Some(Err("there is no tokio runtime to fetch them on".into()));
    }
    outcome
}

/// For a request that came when `before` fetches had ended, and whose token names a known key that did not
/// sign it: whether a fetch has ended since, or `None` if the request must wait for one.
pub(super) fn request_replaced_key(shared: &Arc<SharedKeys>, before: u64) -> Option<bool> {
    let cool_down = shared.refresh.cool_down;
    let fetched = shared
        .progress()
        .request_replaced_key(before, Instant::now(), cool_down);
    if fetched.is_none() && !wake(shared) {
        return Some(false);
    }
    fetched
}

/// Wakes the task, which then decides whether to fetch. Returns whether there is a task.
fn wake(shared: &Arc<SharedKeys>) -> bool {
    let is_running = ensure_running(shared);
    if is_running {
        shared.demand.notify_one();
    }
    is_running
}

/// Replaces the task if the next fetch is overdue: there is no task, or it is not running.
pub(super) fn replace_overdue(shared: &Arc<SharedKeys>) {
    let task_id = shared.progress().task_id();
    // Checked again, in case another request has just replaced the task.
    if shared.is_overdue(shared.now()) {
        replace(shared, task_id);
    }
}

/// Ends the task with this ID, which is not running, and starts one on the runtime of the caller.
pub(super) fn replace(shared: &Arc<SharedKeys>, task_id: u64) {
    if Handle::try_current().is_err() {
        return;
    }
    let task = shared.progress().take_task_with_id(task_id);
    if let Some(task) = task {
        // A task on a runtime that is not driven reports its end late or never.
        task.abort();
        shared.task_ended(task_id);
    }
    ensure_running(shared);
}

/// Starts the task if there is none. Returns whether there is a task to wait for.
pub(super) fn ensure_running(shared: &Arc<SharedKeys>) -> bool {
    let Ok(runtime) = Handle::try_current() else {
        return false;
    };
    let Some(task_id) = shared.start_task() else {
        return true;
    };
    // Without the lock: a runtime that is shutting down drops the task at once, which takes the lock.
    let task = runtime.spawn(run(RunningTask {
        shared: Arc::clone(shared),
        task_id,
    }));
    shared.progress().task_started(task_id, task.abort_handle())
}

/// Reports the end of the task when it is dropped.
struct RunningTask {
    shared: Arc<SharedKeys>,
    task_id: u64,
}

impl Drop for RunningTask {
    fn drop(&mut self) {
        self.shared.task_ended(self.task_id);
    }
}

async fn run(running: RunningTask) {
    let shared = &*running.shared;
    let cool_down = shared.refresh.cool_down;
    let mut discovered = None;
    loop {
        let due = shared.progress().due(cool_down);
        // `begin` checks whether a fetch is due or demanded.
        let _ = timeout_at(due, shared.demand.notified()).await;
        if shared.begin(running.task_id) {
            fetch(&running, &mut discovered).await;
        }
    }
}

async fn fetch(running: &RunningTask, discovered: &mut Option<Discovered>) {
    let (shared, task_id) = (&*running.shared, running.task_id);
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
        Ok((document, lifetime)) => shared.succeeded(task_id, document, lifetime),
        Err(reason) => shared.failed(task_id, &reason),
    }
}
