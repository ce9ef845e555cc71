//! Limits what requests can cause, but should not cause often: events in the log, expensive extra work.

use std::time::Duration;

use tokio::time::Instant;

use crate::lock::Mutex;

/// Admits one per second, by the clock of tokio.
#[derive(Default)]
pub(crate) struct Throttle(Mutex<State>);

#[derive(Default)]
struct State {
    last: Option<Instant>,
    suppressed: u64,
}

impl Throttle {
    pub(crate) const fn new() -> Self {
        Self(Mutex::new(State {
            last: None,
            suppressed: 0,
        }))
    }

    /// How many were suppressed since the last one; `None` if this one is.
    pub(crate) fn admit(&self) -> Option<u64> {
        let mut state = self.0.lock();
        // With the lock held, so that the times are in order.
        state.admit(Instant::now())
    }
}

impl State {
    fn admit(&mut self, now: Instant) -> Option<u64> {
        // `None` where the last one was later: tests with a clock of their own share static throttles.
        let since = self.last.and_then(|last| now.checked_duration_since(last));
        if since.is_some_and(|since| since < Duration::from_secs(1)) {
            self.suppressed += 1;
            return None;
        }
        self.last = Some(now);
        Some(std::mem::take(&mut self.suppressed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_throttle_admits_one_event_per_second() {
        let mut state = State::default();
        let start = Instant::now();
        let mut admitted = |tenths: u64| {
            state
                .admit(start + Duration::from_millis(100 * tenths))
                .is_some()
        };
        let admitted: Vec<_> = (0..35_u64).filter(|tenths| admitted(*tenths)).collect();
        assert_eq!(admitted, [0, 10, 20, 30]);
    }

    #[test]
    fn a_throttle_counts_the_events_held_back_in_a_flood() {
        let mut state = State::default();
        let start = Instant::now();
        let mut admit = |second| {
            let now = start + Duration::from_secs(second);
            (0..1_000).find_map(|_| state.admit(now))
        };
        assert_eq!(admit(7), Some(0));
        assert_eq!(admit(7), None);
        // Those that were held back in the second before.
        assert_eq!(admit(8), Some(1_000));
    }
}
