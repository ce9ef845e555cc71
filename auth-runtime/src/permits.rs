//! Limits how many tasks run at once, and how many may wait.

#![cfg_attr(
    not(all(feature = "api-keys", feature = "basic", feature = "introspection")),
    allow(
        dead_code,
        reason = "each kind of credential uses some of these functions"
    )
)]

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// A number of permits and a queue for them. Clones share the permits and the queue.
#[derive(Clone, Debug)]
pub(crate) struct Permits {
    limit: usize,
    free: Arc<Semaphore>,
    /// One place for each task that holds a permit or waits for one.
    places: Arc<Semaphore>,
}

/// All permits are in use, and the queue is full.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Overloaded;

/// A place in the queue. Dropping it leaves the queue.
#[derive(Debug)]
pub(crate) struct QueueTicket {
    place: OwnedSemaphorePermit,
    free: Arc<Semaphore>,
}

/// One of the permits. Dropping it returns the permit.
#[derive(Debug)]
pub(crate) struct Permit {
    _place: OwnedSemaphorePermit,
    _permit: OwnedSemaphorePermit,
}

impl Permits {
    /// `limit` permits, and a queue with `waiting` places.
    pub(crate) fn new(limit: usize, waiting: usize) -> Self {
        let limit = limit.min(Semaphore::MAX_PERMITS);
        let places = limit.saturating_add(waiting).min(Semaphore::MAX_PERMITS);
        Self {
            limit,
            free: Arc::new(Semaphore::new(limit)),
            places: Arc::new(Semaphore::new(places)),
        }
    }

    /// The number of permits.
    pub(crate) fn limit(&self) -> usize {
        self.limit
    }

    /// The number of permits in use.
    pub(crate) fn taken(&self) -> usize {
        self.limit.saturating_sub(self.free.available_permits())
    }

    /// Takes a permit if one is free and no task waits for it.
    pub(crate) fn try_acquire(&self) -> Result<Permit, Overloaded> {
        let QueueTicket { place, free } = self.queue()?;
        Ok(Permit {
            _place: place,
            _permit: free.try_acquire_owned().map_err(|_| Overloaded)?,
        })
    }

    /// Takes a place in the queue, if one is free.
    pub(crate) fn queue(&self) -> Result<QueueTicket, Overloaded> {
        let place = Arc::clone(&self.places).try_acquire_owned();
        Ok(QueueTicket {
            place: place.map_err(|_| Overloaded)?,
            free: Arc::clone(&self.free),
        })
    }
}

impl QueueTicket {
    /// Waits for a permit, in the order of the queue. Dropping the future leaves the queue.
    pub(crate) async fn permit(self) -> Result<Permit, Overloaded> {
        // Fails only if the semaphore was closed, which never happens here.
        let permit = self.free.acquire_owned().await;
        Ok(Permit {
            _place: self.place,
            _permit: permit.map_err(|_| Overloaded)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use std::future::Future;
    use std::pin::{Pin, pin};
    use std::task::{Context, Poll, Waker};

    use super::*;

    fn poll<F: Future>(future: &mut Pin<&mut F>) -> Poll<F::Output> {
        future
            .as_mut()
            .poll(&mut Context::from_waker(Waker::noop()))
    }

    async fn permit(permits: &Permits) -> Result<Permit, Overloaded> {
        permits.queue()?.permit().await
    }

    fn now<F: Future>(future: F) -> F::Output {
        match poll(&mut pin!(future)) {
            Poll::Ready(output) => output,
            Poll::Pending => panic!("the future is not ready"),
        }
    }

    #[test]
    fn permits_limit_concurrent_and_waiting_tasks() {
        let permits = Permits::new(2, 1);
        let first = now(permit(&permits)).unwrap();
        let _second = now(permit(&permits)).unwrap();
        let mut waiting = pin!(permit(&permits));
        assert!(poll(&mut waiting).is_pending());
        assert_eq!(now(permit(&permits)).unwrap_err(), Overloaded);
        drop(first);
        let _third = match poll(&mut waiting) {
            Poll::Ready(permit) => permit.unwrap(),
            Poll::Pending => panic!("the waiting task did not get the permit"),
        };
        // The place in the queue is free again.
        let mut waiting = pin!(permit(&permits));
        assert!(poll(&mut waiting).is_pending());
    }

    #[test]
    fn a_task_that_stops_waiting_for_a_permit_leaves_the_queue() {
        let permits = Permits::new(1, 1);
        let held = now(permit(&permits)).unwrap();
        for _ in 0..10 {
            let mut waiting = pin!(permit(&permits));
            assert!(poll(&mut waiting).is_pending());
        }
        drop(held);
        now(permit(&permits)).unwrap();
    }

    #[test]
    fn permits_accept_an_empty_and_an_unlimited_queue() {
        let permits = Permits::new(1, 0);
        let _permit = now(permit(&permits)).unwrap();
        assert_eq!(now(permit(&permits)).unwrap_err(), Overloaded);
        now(permit(&Permits::new(usize::MAX, usize::MAX))).unwrap();
    }

    #[test]
    fn try_acquire_does_not_overtake_waiting_tasks() {
        let permits = Permits::new(1, 2);
        let held = permits.try_acquire().unwrap();
        assert_eq!(permits.taken(), 1);
        let mut waiting = pin!(permit(&permits));
        assert!(poll(&mut waiting).is_pending());
        drop(held);
        assert_eq!(permits.try_acquire().unwrap_err(), Overloaded);
        drop(poll(&mut waiting));
        assert_eq!(permits.taken(), 0);
        assert!(permits.try_acquire().is_ok());
    }
}
