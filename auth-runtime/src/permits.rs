//! Limits concurrent work, and how much work may wait for it.

#![cfg_attr(
    not(all(feature = "api-keys", feature = "basic", feature = "introspection")),
    allow(dead_code, reason = "each kind of credential uses a part of it")
)]

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// A number of permits and a queue for them. Clones share both.
#[derive(Clone, Debug)]
pub(crate) struct Permits {
    most: usize,
    free: Arc<Semaphore>,
    /// One place for each that has a permit or waits for one.
    places: Arc<Semaphore>,
}

/// All permits are taken, and the queue is full.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Overloaded;

/// A place in the queue, until this is dropped.
#[derive(Debug)]
pub(crate) struct QueueTicket {
    place: OwnedSemaphorePermit,
    free: Arc<Semaphore>,
}

/// One of the permits, until this is dropped.
#[derive(Debug)]
pub(crate) struct Permit {
    _place: OwnedSemaphorePermit,
    _permit: OwnedSemaphorePermit,
}

impl Permits {
    /// `most` permits, and a queue of `waiting` for them.
    pub(crate) fn new(most: usize, waiting: usize) -> Self {
        let most = most.min(Semaphore::MAX_PERMITS);
        let places = most.saturating_add(waiting).min(Semaphore::MAX_PERMITS);
        Self {
            most,
            free: Arc::new(Semaphore::new(most)),
            places: Arc::new(Semaphore::new(places)),
        }
    }

    /// How many permits there are.
    pub(crate) fn most(&self) -> usize {
        self.most
    }

    /// How many are taken.
    pub(crate) fn taken(&self) -> usize {
        self.most.saturating_sub(self.free.available_permits())
    }

    /// A permit now, if one is free and the queue is empty.
    pub(crate) fn try_acquire(&self) -> Result<Permit, Overloaded> {
        let QueueTicket { place, free } = self.queue()?;
        Ok(Permit {
            _place: place,
            _permit: free.try_acquire_owned().map_err(|_| Overloaded)?,
        })
    }

    /// A place in the queue now, or none at all.
    pub(crate) fn queue(&self) -> Result<QueueTicket, Overloaded> {
        let place = Arc::clone(&self.places).try_acquire_owned();
        Ok(QueueTicket {
            place: place.map_err(|_| Overloaded)?,
            free: Arc::clone(&self.free),
        })
    }
}

impl QueueTicket {
    /// Waits, first come, first served. Dropping the future gives up the place.
    pub(crate) async fn permit(self) -> Result<Permit, Overloaded> {
        // Fails only for a semaphore that was closed; this one never is.
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
            Poll::Pending => panic!("it had to wait"),
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
            Poll::Pending => panic!("its permit did not come"),
        };
        // It no longer waits, so another one may.
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
