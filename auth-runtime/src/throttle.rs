//! Limits how often requests can cause log events or expensive work.

use std::time::Duration;

use tokio::time::Instant;

use crate::lock::Mutex;

/// Admits one event per second, by the clock of tokio.
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

    /// `None` if this event is suppressed. Otherwise the number of events suppressed since the last admitted one.
    pub(crate) fn admit(&self) -> Option<u64> {
        let mut state = self.0.lock();
        // The time is read under the lock, so that the times are in order.
        state.admit(Instant::now())
    }
}

impl State {
    fn admit(&mut self, now: Instant) -> Option<u64> {
        // `None` if the last event was later: tests with paused clocks share static throttles.
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
    fn a_throttle_counts_suppressed_events() {
        let mut state = State::default();
        let start = Instant::now();
        let mut admit = |second| {
            let now = start + Duration::from_secs(second);
            (0..1_000).find_map(|_| state.admit(now))
        };
        assert_eq!(admit(7), Some(0));
        assert_eq!(admit(7), None);
        // The events that were suppressed in the second before.
        assert_eq!(admit(8), Some(1_000));
    }
}
