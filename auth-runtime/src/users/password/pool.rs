//! Slow work beside the async threads: at most so much at once, and a line that has an end.

use std::sync::Arc;

use tokio::runtime::Handle;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Lets so many run at once and so many wait.
pub(crate) struct Pool {
    /// One permit for each that runs or waits.
    permits: Arc<Semaphore>,
    running: Arc<Semaphore>,
}

/// All permits are taken.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Overloaded;

/// The work was not done: there is no tokio runtime, it is shutting down, or the work panicked.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct NotRun;

/// A place in the queue, until this is dropped.
#[derive(Debug)]
pub(crate) struct Permit {
    permit: OwnedSemaphorePermit,
    running: Arc<Semaphore>,
}

/// The right to run something now, until it has run or this is dropped.
#[derive(Debug)]
pub(crate) struct QueueTicket {
    _permit: OwnedSemaphorePermit,
    _running: OwnedSemaphorePermit,
}

impl Pool {
    pub(super) fn new(running: usize, waiting: usize) -> Self {
        let running = running.min(Semaphore::MAX_PERMITS);
        let permits = running.saturating_add(waiting).min(Semaphore::MAX_PERMITS);
        Self {
            permits: Arc::new(Semaphore::new(permits)),
            running: Arc::new(Semaphore::new(running)),
        }
    }

    pub(super) fn permit(&self) -> Result<Permit, Overloaded> {
        let permit = Arc::clone(&self.permits).try_acquire_owned();
        Ok(Permit {
            permit: permit.map_err(|_| Overloaded)?,
            running: Arc::clone(&self.running),
        })
    }
}

impl Permit {
    /// Waits, first come, first served. Whoever gives up leaves the line.
    pub(crate) async fn ticket(self) -> Result<QueueTicket, Overloaded> {
        // Fails only for a semaphore that was closed; this one never is.
        let running = self.running.acquire_owned().await;
        Ok(QueueTicket {
            _permit: self.permit,
            _running: running.map_err(|_| Overloaded)?,
        })
    }
}

impl QueueTicket {
    /// Runs `work` on a thread that may block. It lasts until the work has run, also when nobody
    /// waits for the result any more: what has begun can't be stopped and goes on taking its
    /// processor.
    pub(super) async fn run<T: Send + 'static>(
        self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, NotRun> {
        let runtime = Handle::try_current().map_err(|_| NotRun)?;
        let running = runtime.spawn_blocking(move || {
            let _ticket = self;
            work()
        });
        running.await.map_err(|_| NotRun)
    }
}

#[cfg(test)]
mod tests {
    use std::future::Future;
    use std::pin::{Pin, pin};
    use std::sync::mpsc;
    use std::task::{Context, Poll, Waker};

    use super::*;

    fn poll<F: Future>(future: &mut Pin<&mut F>) -> Poll<F::Output> {
        future
            .as_mut()
            .poll(&mut Context::from_waker(Waker::noop()))
    }

    async fn ticket(pool: &Pool) -> Result<QueueTicket, Overloaded> {
        pool.permit()?.ticket().await
    }

    fn now<F: Future>(future: F) -> F::Output {
        match poll(&mut pin!(future)) {
            Poll::Ready(output) => output,
            Poll::Pending => panic!("it had to wait"),
        }
    }

    #[test]
    fn no_more_run_at_once_than_may_and_no_more_wait() {
        let pool = Pool::new(2, 1);
        let first = now(ticket(&pool)).unwrap();
        let _second = now(ticket(&pool)).unwrap();
        let mut waiting = pin!(ticket(&pool));
        assert!(poll(&mut waiting).is_pending());
        assert_eq!(now(ticket(&pool)).unwrap_err(), Overloaded);
        drop(first);
        let _third = match poll(&mut waiting) {
            Poll::Ready(ticket) => ticket.unwrap(),
            Poll::Pending => panic!("its turn did not come"),
        };
        // It no longer waits, so another one may.
        let mut waiting = pin!(ticket(&pool));
        assert!(poll(&mut waiting).is_pending());
    }

    #[test]
    fn who_gives_up_waiting_leaves_the_line() {
        let pool = Pool::new(1, 1);
        let held = now(ticket(&pool)).unwrap();
        for _ in 0..10 {
            let mut waiting = pin!(ticket(&pool));
            assert!(poll(&mut waiting).is_pending());
        }
        drop(held);
        now(ticket(&pool)).unwrap();
    }

    #[test]
    fn no_line_at_all_and_endless_ones_are_fine() {
        let pool = Pool::new(1, 0);
        let _ticket = now(ticket(&pool)).unwrap();
        assert_eq!(now(ticket(&pool)).unwrap_err(), Overloaded);
        now(ticket(&Pool::new(usize::MAX, usize::MAX))).unwrap();
    }

    #[tokio::test]
    async fn a_turn_that_nobody_waits_for_lasts_until_its_work_is_done() {
        let pool = Pool::new(1, 0);
        let (started, has_started) = mpsc::channel();
        let (finish, finished) = mpsc::channel::<()>();
        let held = ticket(&pool).await.unwrap();
        let abandoned = tokio::spawn(held.run(move || {
            started.send(()).unwrap();
            let _ = finished.recv();
        }));
        tokio::task::spawn_blocking(move || has_started.recv())
            .await
            .unwrap()
            .unwrap();
        abandoned.abort();
        assert!(abandoned.await.unwrap_err().is_cancelled());
        assert_eq!(ticket(&pool).await.unwrap_err(), Overloaded);
        drop(finish);
        // The line is empty, so waiting for the one permit is waiting for the work.
        let _permit = pool.running.acquire().await.unwrap();
    }

    #[tokio::test]
    async fn work_that_panics_gives_its_turn_back() {
        let pool = Pool::new(1, 0);
        let held = ticket(&pool).await.unwrap();
        let result = held
            .run(|| std::panic::resume_unwind(Box::new("as a test")))
            .await;
        assert_eq!(result, Err::<(), _>(NotRun));
        ticket(&pool).await.unwrap();
    }

    #[test]
    fn without_a_runtime_nothing_runs_and_nothing_panics() {
        let pool = Pool::new(1, 0);
        let held = now(ticket(&pool)).unwrap();
        assert_eq!(now(held.run(|| ())), Err(NotRun));
        now(ticket(&pool)).unwrap();
    }
}
