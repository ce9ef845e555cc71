//! Runs slow work on threads that may block.

use tokio::runtime::Handle;

use crate::permits::Permit;

/// The work did not complete: there is no tokio runtime, it is shutting down, or the work panicked.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct NotRun;

/// Runs `work` on a thread that may block. The permit is held until the work ends, even if this future is dropped:
/// work that has begun can't be stopped, and continues to use a processor.
pub(super) async fn run_blocking<T: Send + 'static>(
    permit: Permit,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, NotRun> {
    let runtime = Handle::try_current().map_err(|_| NotRun)?;
    let running = runtime.spawn_blocking(move || {
        let _permit = permit;
        work()
    });
    running.await.map_err(|_| NotRun)
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use futures_util::FutureExt as _;

    use super::*;
    use crate::permits::{Overloaded, Permits};

    #[tokio::test]
    async fn a_permit_of_abandoned_blocking_work_is_held_until_the_work_ends() {
        let permits = Permits::new(1, 0);
        let (started, has_started) = mpsc::channel();
        let (finish, finished) = mpsc::channel::<()>();
        let held = permits.try_acquire().unwrap();
        let abandoned = tokio::spawn(run_blocking(held, move || {
            started.send(()).unwrap();
            let _ = finished.recv();
        }));
        tokio::task::spawn_blocking(move || has_started.recv())
            .await
            .unwrap()
            .unwrap();
        abandoned.abort();
        assert!(abandoned.await.unwrap_err().is_cancelled());
        assert_eq!(permits.try_acquire().unwrap_err(), Overloaded);
        drop(finish);
        while permits.taken() > 0 {
            tokio::task::yield_now().await;
        }
    }

    #[tokio::test]
    async fn blocking_work_that_panics_returns_its_permit() {
        let permits = Permits::new(1, 0);
        let held = permits.try_acquire().unwrap();
        let result = run_blocking(held, || std::panic::resume_unwind(Box::new("as a test"))).await;
        assert_eq!(result, Err::<(), _>(NotRun));
        permits.try_acquire().unwrap();
    }

    #[test]
    fn without_a_runtime_blocking_work_neither_runs_nor_panics() {
        let permits = Permits::new(1, 0);
        let held = permits.try_acquire().unwrap();
        let result = run_blocking(held, || ()).now_or_never();
        assert_eq!(result, Some(Err(NotRun)));
        permits.try_acquire().unwrap();
    }
}
