//! How often and how many at once: what a flood of made-up tokens can cost the authorization server.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use governor::clock::Clock as _;
use governor::middleware::NoOpMiddleware;
use governor::state::{InMemoryState, NotKeyed};
use governor::{Quota, RateLimiter};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;

use crate::limit::TokioClock;
use crate::lock::Mutex;

/// Strangers are tokens that were never seen to be good, and may be made up.
pub(super) struct Budget {
    places: Arc<Semaphore>,
    /// A quarter less: what strangers can't take.
    for_strangers: Arc<Semaphore>,
    all: usize,
    rate: RateLimiter<NotKeyed, InMemoryState, TokioClock, NoOpMiddleware<Duration>>,
    pause: Mutex<Option<Pause>>,
}

/// Strangers don't ask until then, but for one a second, whose question tells whether the server wants
/// the pause still.
struct Pause {
    until: Instant,
    next_probe: Instant,
}

/// A few strangers are enough to make some servers ask for one, so that a longer one would let them
/// shut out everybody else for little.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
const BETWEEN_PROBES: Duration = Duration::from_secs(1);

/// One of those who are asking, until this is dropped.
pub(super) struct Permit {
    _among_all: OwnedSemaphorePermit,
    _among_strangers: Option<OwnedSemaphorePermit>,
    is_probe: bool,
}

/// It can't be asked now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct OverBudget {
    pub(super) retry_after: Duration,
}

impl OverBudget {
    const SOON: Self = Self {
        retry_after: Duration::from_secs(1),
    };
}

impl Budget {
    pub(super) fn new(places: usize, per_second: NonZeroU32, burst: NonZeroU32) -> Self {
        let all = places.min(Semaphore::MAX_PERMITS);
        Self {
            places: Arc::new(Semaphore::new(all)),
            for_strangers: Arc::new(Semaphore::new(all - all / 4)),
            all,
            rate: RateLimiter::direct_with_clock(
                Quota::per_second(per_second).allow_burst(burst),
                TokioClock::default(),
            ),
            pause: Mutex::new(None),
        }
    }

    /// At once or not at all, so that nothing piles up.
    pub(super) fn for_stranger(&self) -> Result<Permit, OverBudget> {
        let is_probe = self.pass_pause()?;
        let take = |places: &Arc<Semaphore>| {
            let permit = Arc::clone(places).try_acquire_owned();
            permit.map_err(|_| OverBudget::SOON)
        };
        let stranger = take(&self.for_strangers)?;
        let permit = take(&self.places)?;
        let now = self.rate.clock().now();
        self.rate.check().map_err(|not_until| OverBudget {
            retry_after: not_until.wait_time_from(now),
        })?;
        Ok(Permit {
            _among_all: permit,
            _among_strangers: Some(stranger),
            is_probe,
        })
    }

    /// Waits, first come, first served, and before any stranger: of tokens that were good there are
    /// only so many, and each is asked about once in a while.
    pub(super) async fn for_known(&self) -> Option<Permit> {
        // Fails only for a semaphore that was closed; this one never is.
        let permit = Arc::clone(&self.places).acquire_owned().await.ok()?;
        Some(Permit {
            _among_all: permit,
            _among_strangers: None,
            is_probe: false,
        })
    }

    /// Strangers don't ask for so long, five seconds at most. Tokens that were good before do: what a
    /// flood makes the server say shall not keep them out.
    pub(super) fn pause_for(&self, time: Duration) {
        let now = Instant::now();
        let until = now + time.min(LONGEST_PAUSE);
        let mut pause = self.pause.lock();
        match &mut *pause {
            Some(pause) if now < pause.until => pause.until = pause.until.max(until),
            _ => {
                *pause = Some(Pause {
                    until,
                    next_probe: now + BETWEEN_PROBES,
                });
            }
        }
    }

    /// The server has answered the request that holds this permit.
    pub(super) fn answered(&self, permit: &Permit) {
        // Others may have asked before the pause began.
        if permit.is_probe {
            *self.pause.lock() = None;
        }
    }

    pub(super) fn under_way(&self) -> usize {
        self.all.saturating_sub(self.places.available_permits())
    }

    /// Whether there is a pause, and this is the one who asks all the same.
    fn pass_pause(&self) -> Result<bool, OverBudget> {
        let now = Instant::now();
        let mut pause = self.pause.lock();
        let Some(pause) = pause.as_mut().filter(|pause| now < pause.until) else {
            return Ok(false);
        };
        if now < pause.next_probe {
            let retry_after = pause.until.saturating_duration_since(now);
            return Err(OverBudget { retry_after });
        }
        pause.next_probe = now + BETWEEN_PROBES;
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use std::pin::pin;
    use std::task::{Context, Poll, Waker};

    use super::*;

    fn budget(places: usize, per_second: u32, burst: u32) -> Budget {
        let number = |number| NonZeroU32::new(number).unwrap();
        Budget::new(places, number(per_second), number(burst))
    }

    #[tokio::test(start_paused = true)]
    async fn strangers_leave_a_quarter_of_the_places() {
        let budget = budget(8, 100, 100);
        let strangers: Vec<_> = (0..7).map_while(|_| budget.for_stranger().ok()).collect();
        assert_eq!(strangers.len(), 6);
        let known = (budget.for_known().await, budget.for_known().await);
        assert_eq!(budget.under_way(), 8);
        drop((known, strangers));
        assert_eq!(budget.under_way(), 0);
    }

    #[tokio::test(start_paused = true)]
    async fn who_was_good_before_waits_and_comes_first() {
        let budget = budget(1, 100, 100);
        let stranger = budget.for_stranger().unwrap();
        let mut known = pin!(budget.for_known());
        let context = &mut Context::from_waker(Waker::noop());
        assert!(known.as_mut().poll(context).is_pending());
        drop(stranger);
        assert_eq!(budget.for_stranger().err(), Some(OverBudget::SOON));
        assert!(matches!(known.poll(context), Poll::Ready(Some(_))));
        assert!(budget.for_stranger().is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn strangers_ask_at_the_rate_and_others_at_any() {
        let budget = budget(8, 10, 3);
        let granted = || (0..100).filter(|_| budget.for_stranger().is_ok()).count();
        assert_eq!(granted(), 3);
        let over = budget.for_stranger().err().unwrap();
        assert!(over.retry_after <= Duration::from_millis(100), "{over:?}");
        assert!(budget.for_known().await.is_some());
        tokio::time::advance(Duration::from_millis(200)).await;
        assert_eq!(granted(), 2);
        tokio::time::advance(Duration::from_secs(60)).await;
        assert_eq!(granted(), 3);
    }

    #[tokio::test(start_paused = true)]
    async fn places_that_are_taken_do_not_cost_the_rate() {
        let budget = budget(1, 1, 2);
        let permit = budget.for_stranger().unwrap();
        for _ in 0..10 {
            assert_eq!(budget.for_stranger().err(), Some(OverBudget::SOON));
        }
        drop(permit);
        assert!(budget.for_stranger().is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn a_server_that_wants_a_pause_gets_it_from_strangers() {
        let budget = budget(8, 100, 100);
        budget.pause_for(Duration::from_secs(3));
        budget.pause_for(Duration::from_secs(1));
        let over = budget.for_stranger().err().unwrap();
        assert_eq!(over.retry_after, Duration::from_secs(3));
        assert!(budget.for_known().await.is_some());
        tokio::time::advance(Duration::from_secs(3)).await;
        assert!(budget.for_stranger().is_ok() && budget.for_stranger().is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn no_pause_is_longer_than_five_seconds() {
        let budget = budget(8, 100, 100);
        budget.pause_for(Duration::MAX);
        let over = budget.for_stranger().err().unwrap();
        assert_eq!(over.retry_after, Duration::from_secs(5));
        tokio::time::advance(Duration::from_secs(5)).await;
        assert!(budget.for_stranger().is_ok() && budget.for_stranger().is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn one_stranger_a_second_tries_whether_the_pause_is_over() {
        let budget = budget(8, 100, 100);
        let early = budget.for_stranger().unwrap();
        budget.pause_for(Duration::from_secs(5));
        // Who asked before the pause says nothing about it.
        budget.answered(&early);
        assert!(budget.for_stranger().is_err());
        tokio::time::advance(Duration::from_secs(1)).await;
        let probe = budget.for_stranger().unwrap();
        assert!(budget.for_stranger().is_err());
        // The server wants it still, and goes on wanting it.
        budget.pause_for(Duration::from_secs(5));
        drop(probe);
        assert!(budget.for_stranger().is_err());
        tokio::time::advance(Duration::from_secs(1)).await;
        let probe = budget.for_stranger().unwrap();
        assert!(budget.for_stranger().is_err());
        budget.answered(&probe);
        assert!(budget.for_stranger().is_ok() && budget.for_stranger().is_ok());
    }
}
