//! A fixed number of counters for any number of keys.

use std::array;
use std::convert::Infallible;
use std::fmt;
use std::hash::{BuildHasher, Hash, RandomState};
use std::iter;
use std::num::NonZeroU32;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use governor::clock::Clock;
use governor::middleware::NoOpMiddleware;
use governor::nanos::Nanos;
use governor::state::{InMemoryState, NotKeyed, StateStore};
use governor::{Quota, RateLimiter};

/// Each key has one counter in each row: a count-min sketch (Cormode and Muthukrishnan, 2005).
const ROWS: usize = 4;
/// 16 bits of the 64 bits of a hash for each row.
const ROW: usize = 1 << 16;

/// Within these bounds no arithmetic on nanoseconds overflows, and every limit has an effect.
const SHORTEST_PERIOD: Duration = Duration::from_secs(1);
const LONGEST_PERIOD: Duration = Duration::from_secs(365 * 24 * 60 * 60);

type Limiter<S, C> = RateLimiter<usize, S, C, NoOpMiddleware<<C as Clock>::Instant>>;

/// The failures of all keys.
pub(super) struct Table<C: Clock> {
    /// Has a secret, so that a client can't choose a key that shares the counters of another.
    hasher: RandomState,
    /// Refuses as soon as `failures` are counted.
    check_limiter: Limiter<CheckedCounters, C>,
    /// Also counts the attempts that were in flight then, up to `2 * failures - 1`, so that the wait is at most
    /// one period.
    record_limiter: Limiter<RecordedCounters, C>,
    failures: NonZeroU32,
    period: Duration,
}

impl<C: Clock + Clone> Table<C> {
    pub(super) fn new(failures: NonZeroU32, period: Duration, clock: C) -> Self {
        let period = period.clamp(SHORTEST_PERIOD, LONGEST_PERIOD);
        // There is no quota for less than a nanosecond per failure; governor rounds up to one.
        let quota = Quota::with_period(period / failures.get())
            .unwrap_or(Quota::per_second(NonZeroU32::MAX));
        let twice = failures.saturating_add(failures.get() - 1);
        let counters = Arc::new(Counters::new());
        Self {
            hasher: RandomState::new(),
            check_limiter: RateLimiter::new(
                quota.allow_burst(failures),
                CheckedCounters(Arc::clone(&counters)),
                clock.clone(),
            ),
            record_limiter: RateLimiter::new(
                quota.allow_burst(twice),
                RecordedCounters(counters),
                clock,
            ),
            failures,
            period,
        }
    }

    /// Returns how long `key` has to wait as the error.
    pub(super) fn check(&self, key: &(impl Hash + ?Sized)) -> Result<(), Duration> {
        // Read before the limiter reads it, or the computed wait could be zero.
        let now = self.check_limiter.clock().now();
        let mut shortest = Duration::MAX;
        for counter in self.counters_of(key) {
            match self.check_limiter.check_key(&counter) {
                // The full counters were filled by other keys.
                Ok(()) => return Ok(()),
                Err(not_until) => shortest = shortest.min(not_until.wait_time_from(now)),
            }
        }
        Err(shortest)
    }

    /// Counts a failure of `key`.
    pub(super) fn record(&self, key: &(impl Hash + ?Sized)) {
        for counter in self.counters_of(key) {
            // An error means that the counter is full.
            let _ = self.record_limiter.check_key(&counter);
        }
    }

    #[cfg(test)]
    pub(super) fn into_size(self) -> usize {
        let counters = &self.record_limiter.into_state_store().0.counters;
        counters.get().map_or(0, |counters| counters.len())
    }

    fn counters_of(&self, key: &(impl Hash + ?Sized)) -> [usize; ROWS] {
        let mut hash = self.hasher.hash_one(key);
        array::from_fn(|row| {
            let [low, high, ..] = hash.to_le_bytes();
            hash >>= u16::BITS;
            row * ROW + usize::from(u16::from_le_bytes([low, high]))
        })
    }
}

impl<C: Clock> fmt::Debug for Table<C> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} failures in {:?}", self.failures, self.period)
    }
}

/// All rows, one after the other. Each counter is a timestamp of governor, 8 bytes.
struct Counters {
    /// Allocated on first use: kinds of credentials without accounts never use the table of accounts.
    counters: OnceLock<Box<[InMemoryState]>>,
    /// Used for an index that is out of bounds, which never happens. It avoids a panic.
    spare: InMemoryState,
}

impl Counters {
    fn new() -> Self {
        Self {
            counters: OnceLock::new(),
            spare: InMemoryState::default(),
        }
    }

    fn counter(&self, index: usize) -> &InMemoryState {
        let all = || {
            iter::repeat_with(InMemoryState::default)
                .take(ROWS * ROW)
                .collect()
        };
        self.counters
            .get_or_init(all)
            .get(index)
            .unwrap_or(&self.spare)
    }
}

/// The counters, changed by each call.
struct RecordedCounters(Arc<Counters>);

impl StateStore for RecordedCounters {
    type Key = usize;

    fn measure_and_replace<T, F, E>(&self, index: &usize, measure: F) -> Result<T, E>
    where
        F: Fn(Option<Nanos>) -> Result<(T, Nanos), E>,
    {
        self.0
            .counter(*index)
            .measure_and_replace(&NotKeyed::NonKey, measure)
    }
}

/// The same counters, read only.
struct CheckedCounters(Arc<Counters>);

impl StateStore for CheckedCounters {
    type Key = usize;

    fn measure_and_replace<T, F, E>(&self, index: &usize, measure: F) -> Result<T, E>
    where
        F: Fn(Option<Nanos>) -> Result<(T, Nanos), E>,
    {
        // If `measure` returns an error, governor leaves the counter unchanged.
        let measured: Result<Infallible, _> = self
            .0
            .counter(*index)
            .measure_and_replace(&NotKeyed::NonKey, |time| {
                Err(measure(time).map(|(allowed, _)| allowed))
            });
        let Err(outcome) = measured;
        outcome
    }
}
