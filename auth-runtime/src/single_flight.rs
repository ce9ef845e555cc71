//! Computes a value once for all callers that want it at the same time.

use std::collections::HashMap;
use std::hash::Hash;
use std::mem;
use std::sync::{Arc, Weak};

use foldhash::fast::RandomState;
use futures_util::FutureExt as _;
use futures_util::future::{BoxFuture, Shared};

use crate::lock::Mutex;

/// The running computations, by key.
pub(crate) struct SingleFlight<K: Eq + Hash, V>(Mutex<Map<K, V>>);

type Map<K, V> = HashMap<K, Weak<Flight<K, V>>, RandomState>;

/// A computation that runs, or has finished and is still held by a caller. Other callers can join it as long as one
/// holds it.
///
/// The waiting callers poll it. If one of them is cancelled, the others continue; if all are cancelled, it is
/// dropped. Work that must continue without callers has to be spawned. The computation must not panic.
pub(crate) struct Flight<K: Eq + Hash, V> {
    key: K,
    result: Shared<BoxFuture<'static, V>>,
    flights: Arc<SingleFlight<K, V>>,
}

impl<K: Eq + Hash, V> Default for SingleFlight<K, V> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<K: Clone + Eq + Hash, V: Clone> SingleFlight<K, V> {
    /// Joins the computation for this key. If there is none, or its result is not `fresh`, starts a new one with
    /// `begin`.
    ///
    /// `begin` is called while the lock is held. The future that it returns is polled without the lock.
    pub(crate) fn join<E>(
        self: &Arc<Self>,
        key: K,
        fresh: impl FnOnce(&V) -> bool,
        begin: impl FnOnce() -> Result<BoxFuture<'static, V>, E>,
    ) -> Result<Arc<Flight<K, V>>, E> {
        // Declared before the lock, so that it is dropped after it: dropping the last handle of a flight takes the
        // lock.
        let earlier;
        let mut map = self.0.lock();
        earlier = map.get(&key).and_then(Weak::upgrade);
        if let Some(flight) = &earlier
            && flight.result.peek().is_none_or(fresh)
        {
            return Ok(Arc::clone(flight));
        }
        let flight = Arc::new(Flight {
            key: key.clone(),
            result: begin()?.shared(),
            flights: Arc::clone(self),
        });
        map.insert(key, Arc::downgrade(&flight));
        Ok(flight)
    }
}

impl<K: Eq + Hash, V: Clone> Flight<K, V> {
    pub(crate) async fn wait(&self) -> V {
        self.result.clone().await
    }
}

impl<K: Eq + Hash, V> Drop for Flight<K, V> {
    fn drop(&mut self) {
        let mut map = self.flights.0.lock();
        // A newer computation may have replaced this one.
        let is_this = |flight: &Weak<Self>| std::ptr::eq(flight.as_ptr(), self);
        if map.get(&self.key).is_some_and(is_this) {
            map.remove(&self.key);
        }
        // Frees the memory that a burst of requests needed.
        if map.is_empty() && map.capacity() > 1024 {
            drop(mem::take(&mut *map));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use tokio::sync::oneshot;

    use super::*;

    type Flights = Arc<SingleFlight<&'static str, Option<u32>>>;
    type Joined = Arc<Flight<&'static str, Option<u32>>>;

    /// The flight, and a sender that finishes it if it is new.
    fn join(
        flights: &Flights,
        key: &'static str,
        fresh: bool,
    ) -> (Joined, Option<oneshot::Sender<u32>>) {
        let mut finish = None;
        let Ok(flight) = flights.join::<Infallible>(
            key,
            |result| fresh && result.is_some(),
            || {
                let (sender, result) = oneshot::channel();
                finish = Some(sender);
                Ok(result.map(Result::ok).boxed())
            },
        );
        (flight, finish)
    }

    fn first(flights: &Flights, key: &'static str, fresh: bool) -> (Joined, oneshot::Sender<u32>) {
        let (flight, finish) = join(flights, key, fresh);
        (flight, finish.expect("joined an earlier computation"))
    }

    fn joined(flights: &Flights, key: &'static str, fresh: bool) -> Joined {
        let (flight, finish) = join(flights, key, fresh);
        assert!(finish.is_none(), "started a new computation");
        flight
    }

    #[tokio::test]
    async fn all_waiters_of_one_key_share_one_computation() {
        let flights = Arc::default();
        let (_flight, finish) = first(&flights, "a", true);
        let along = joined(&flights, "a", false);
        let other = first(&flights, "b", true);
        finish.send(1).unwrap();
        assert_eq!(along.wait().await, Some(1));
        drop(other);
        // Others can join as long as the result is held and fresh.
        let along_as_well = joined(&flights, "a", true);
        assert_eq!(along_as_well.wait().await, Some(1));
        drop(first(&flights, "a", false));
    }

    #[tokio::test]
    async fn single_flight_keeps_no_entry_without_a_waiter() {
        let flights = Arc::default();
        let (flight, finish) = first(&flights, "a", true);
        let along = joined(&flights, "a", true);
        drop(flight);
        finish.send(1).unwrap();
        assert_eq!(along.wait().await, Some(1));
        // A result that is not fresh is computed again, and the new one is kept.
        let next = first(&flights, "a", false);
        drop(along);
        drop(joined(&flights, "a", true));
        drop(next);
        assert!(flights.0.lock().is_empty());
        drop(first(&flights, "a", true));
        assert!(flights.0.lock().is_empty());
    }

    #[tokio::test]
    async fn an_aborted_computation_wakes_all_waiters() {
        let flights = Arc::default();
        let (_flight, finish) = first(&flights, "a", true);
        let along = joined(&flights, "a", true);
        drop(finish);
        assert_eq!(along.wait().await, None);
        // The next caller starts a new computation.
        drop(first(&flights, "a", true));
    }

    #[test]
    fn a_computation_that_may_not_begin_leaves_no_entry() {
        let flights: Flights = Arc::default();
        let refused = flights.join("a", |_| true, || Err("full"));
        assert!(matches!(refused, Err("full")));
        assert!(flights.0.lock().is_empty());
    }

    #[tokio::test]
    async fn a_cancelled_waiter_does_not_cancel_the_computation_for_the_others() {
        let flights = Arc::default();
        let (first_caller, finish) = first(&flights, "a", true);
        let along = joined(&flights, "a", true);
        // This caller has polled it so far.
        assert!(first_caller.wait().now_or_never().is_none());
        let waiting = tokio::spawn(async move { along.wait().await });
        tokio::task::yield_now().await;
        drop(first_caller);
        finish.send(1).unwrap();
        assert_eq!(waiting.await.unwrap(), Some(1));
        assert!(flights.0.lock().is_empty());
    }

    #[tokio::test]
    async fn a_computation_without_waiters_is_dropped() {
        let flights = Arc::default();
        let (flight, finish) = first(&flights, "a", true);
        assert!(flight.wait().now_or_never().is_none());
        drop(flight);
        assert!(finish.is_closed());
    }

    /// The computation may be code of the application that joins another computation.
    #[tokio::test]
    async fn a_single_flight_computation_runs_without_holding_the_lock() {
        let flights: Arc<SingleFlight<&str, usize>> = Arc::default();
        let count = Arc::new(AtomicUsize::new(0));
        let within = Arc::clone(&flights);
        let Ok(flight) = flights.join::<Infallible>(
            "a",
            |_| true,
            || {
                let count = Arc::clone(&count);
                Ok(async move {
                    drop(within.join("b", |_| true, || Err(())));
                    count.fetch_add(1, Ordering::Relaxed)
                }
                .boxed())
            },
        );
        assert_eq!(count.load(Ordering::Relaxed), 0);
        assert_eq!(flight.wait().await, 0);
        assert_eq!(count.load(Ordering::Relaxed), 1);
    }
}
