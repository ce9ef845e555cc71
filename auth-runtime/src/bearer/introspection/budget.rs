//! Limits introspection requests, so that a flood of guessed tokens does not overload the authorization
//! server.
//!
//! A token is unknown if it was never found active on this node: it may be a guess.

use std::num::NonZeroU32;
use std::time::Duration;

use governor::clock::Clock as _;
use governor::middleware::NoOpMiddleware;
use governor::state::{InMemoryState, NotKeyed};
use governor::{Quota, RateLimiter};
use tokio::time::Instant;

use crate::limit::TokioClock;
use crate::lock::Mutex;
use crate::permits::{Overloaded, Permit, Permits};

/// Limits the requests to the authorization server.
pub(super) struct Budget {
    all: Permits,
    /// A quarter less, so that permits remain for known tokens.
    unknown: Permits,
    rate: RateLimiter<NotKeyed, InMemoryState, TokioClock, NoOpMiddleware<Duration>>,
    pause: Mutex<Option<Pause>>,
}

/// A pause for unknown tokens. Until it ends, only one unknown token per second is introspected, as a probe.
/// If the server answers the probe, the pause ends.
#[derive(Clone, Copy)]
struct Pause {
    until: Instant,
    next_probe: Instant,
}

/// The maximum length of a pause. With some servers, a client can cause a pause with a few unknown tokens,
/// and a longer one would lock out other clients.
const MAX_PAUSE: Duration = Duration::from_secs(5);
const PROBE_INTERVAL: Duration = Duration::from_secs(1);

/// The permission to introspect a token, until this is dropped.
pub(super) struct RequestPermit {
    _permit: Permit,
    _unknown: Option<Permit>,
    is_probe: bool,
}

/// The token can't be introspected now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct OverBudget {
    pub(super) retry_after: Duration,
}

impl OverBudget {
    const SOON: Self = Self {
        retry_after: Duration::from_secs(1),
    };
}

impl From<Overloaded> for OverBudget {
    fn from(Overloaded: Overloaded) -> Self {
        Self::SOON
    }
}

impl Budget {
    pub(super) fn new(concurrency: usize, per_second: NonZeroU32, burst: NonZeroU32) -> Self {
        let all = Permits::new(concurrency, usize::MAX);
        Self {
            unknown: Permits::new(all.limit() - all.limit() / 4, 0),
            all,
            rate: RateLimiter::direct_with_clock(
                Quota::per_second(per_second).allow_burst(burst),
                TokioClock::default(),
            ),
            pause: Mutex::new(None),
        }
    }

    /// Does not wait, so that requests do not pile up.
    pub(super) fn for_unknown_token(&self) -> Result<RequestPermit, OverBudget> {
        let is_probe = self.check_pause()?;
        let unknown = self.unknown.try_acquire()?;
        let permit = self.all.try_acquire()?;
        let now = self.rate.clock().now();
        self.rate.check().map_err(|not_until| OverBudget {
            retry_after: not_until.wait_time_from(now),
        })?;
        Ok(RequestPermit {
            _permit: permit,
            _unknown: Some(unknown),
            is_probe,
        })
    }

    /// Waits in order of arrival, and goes before all unknown tokens. The number of known tokens is limited by
    /// the cache, and each is introspected only once in a while.
    pub(super) async fn for_known_token(&self) -> Result<RequestPermit, OverBudget> {
        Ok(RequestPermit {
            _permit: self.all.queue()?.permit().await?,
            _unknown: None,
            is_probe: false,
        })
    }

    /// Begins a pause for unknown tokens, or extends it, to five seconds at most. Known tokens are still
    /// introspected, so that a flood of unknown tokens does not lock them out.
    pub(super) fn pause_for(&self, time: Duration) {
        let now = Instant::now();
        let until = now + time.min(MAX_PAUSE);
        let mut pause = self.pause.lock();
        *pause = Some(match *pause {
            Some(begun) if now < begun.until => Pause {
                until: begun.until.max(until),
                ..begun
            },
            _ => Pause {
                until,
                next_probe: now + PROBE_INTERVAL,
            },
        });
    }

    /// To be called when the server has answered the request with `permit`.
    pub(super) fn answered(&self, permit: &RequestPermit) {
        // Other requests may have been sent before the pause began.
        if permit.is_probe {
            *self.pause.lock() = None;
        }
    }

    pub(super) fn under_way(&self) -> usize {
        self.all.taken()
    }

    /// Returns whether the request is a probe, which is sent during a pause.
    fn check_pause(&self) -> Result<bool, OverBudget> {
        let now = Instant::now();
        let mut pause = self.pause.lock();
        let Some(pause) = pause.as_mut().filter(|pause| now < pause.until) else {
            return Ok(false);
        };
        if now < pause.next_probe {
            let retry_after = pause.until.saturating_duration_since(now);
            return Err(OverBudget { retry_after });
        }
        pause.next_probe = now + PROBE_INTERVAL;
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use std::pin::pin;
    use std::task::{Context, Poll, Waker};

    use super::*;

    fn budget(concurrency: usize, per_second: u32, burst: u32) -> Budget {
        let number = |number| NonZeroU32::new(number).unwrap();
        Budget::new(concurrency, number(per_second), number(burst))
    }

    #[tokio::test(start_paused = true)]
    async fn unknown_tokens_leave_a_quarter_of_the_introspection_permits() {
        let budget = budget(8, 100, 100);
        let unknown: Vec<_> = (0..7)
            .map_while(|_| budget.for_unknown_token().ok())
            .collect();
        assert_eq!(unknown.len(), 6);
        let known = (
            budget.for_known_token().await,
            budget.for_known_token().await,
        );
        assert_eq!(budget.under_way(), 8);
        drop((known, unknown));
        assert_eq!(budget.under_way(), 0);
    }

    #[tokio::test(start_paused = true)]
    async fn a_known_token_waits_for_a_permit_and_goes_before_unknown_ones() {
        let budget = budget(1, 100, 100);
        let unknown = budget.for_unknown_token().unwrap();
        let mut known = pin!(budget.for_known_token());
        let context = &mut Context::from_waker(Waker::noop());
        assert!(known.as_mut().poll(context).is_pending());
        drop(unknown);
        assert_eq!(budget.for_unknown_token().err(), Some(OverBudget::SOON));
        assert!(matches!(known.poll(context), Poll::Ready(Ok(_))));
        assert!(budget.for_unknown_token().is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn the_introspection_rate_limits_unknown_tokens_only() {
        let budget = budget(8, 10, 3);
        let granted = || {
            (0..100)
                .filter(|_| budget.for_unknown_token().is_ok())
                .count()
        };
        assert_eq!(granted(), 3);
        let over = budget.for_unknown_token().err().unwrap();
        assert!(over.retry_after <= Duration::from_millis(100), "{over:?}");
        assert!(budget.for_known_token().await.is_ok());
        tokio::time::advance(Duration::from_millis(200)).await;
        assert_eq!(granted(), 2);
        tokio::time::advance(Duration::from_secs(60)).await;
        assert_eq!(granted(), 3);
    }

    #[tokio::test(start_paused = true)]
    async fn unknown_tokens_refused_for_lack_of_permits_do_not_use_up_the_rate() {
        let budget = budget(1, 1, 2);
        let permit = budget.for_unknown_token().unwrap();
        for _ in 0..10 {
            assert_eq!(budget.for_unknown_token().err(), Some(OverBudget::SOON));
        }
        drop(permit);
        assert!(budget.for_unknown_token().is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn retry_after_of_the_introspection_endpoint_delays_unknown_tokens_only() {
        let budget = budget(8, 100, 100);
        budget.pause_for(Duration::from_secs(3));
        budget.pause_for(Duration::from_secs(1));
        let over = budget.for_unknown_token().err().unwrap();
        assert_eq!(over.retry_after, Duration::from_secs(3));
        assert!(budget.for_known_token().await.is_ok());
        tokio::time::advance(Duration::from_secs(3)).await;
        assert!(budget.for_unknown_token().is_ok() && budget.for_unknown_token().is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn an_introspection_pause_lasts_at_most_five_seconds() {
        let budget = budget(8, 100, 100);
        budget.pause_for(Duration::MAX);
        let over = budget.for_unknown_token().err().unwrap();
        assert_eq!(over.retry_after, Duration::from_secs(5));
        tokio::time::advance(Duration::from_secs(5)).await;
        assert!(budget.for_unknown_token().is_ok() && budget.for_unknown_token().is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn one_unknown_token_per_second_probes_a_paused_introspection_endpoint() {
        let budget = budget(8, 100, 100);
        let early = budget.for_unknown_token().unwrap();
        budget.pause_for(Duration::from_secs(5));
        // An answer to a request from before the pause does not end it.
        budget.answered(&early);
        assert!(budget.for_unknown_token().is_err());
        tokio::time::advance(Duration::from_secs(1)).await;
        let probe = budget.for_unknown_token().unwrap();
        assert!(budget.for_unknown_token().is_err());
        // The server asks for a pause again.
        budget.pause_for(Duration::from_secs(5));
        drop(probe);
        assert!(budget.for_unknown_token().is_err());
        tokio::time::advance(Duration::from_secs(1)).await;
        let probe = budget.for_unknown_token().unwrap();
        assert!(budget.for_unknown_token().is_err());
        budget.answered(&probe);
        assert!(budget.for_unknown_token().is_ok() && budget.for_unknown_token().is_ok());
    }
}
