//! What requests can cause, and should not cause often.

use std::time::Duration;

use tokio::time::Instant;

use crate::lock::Mutex;

/// Lets one through per second, by the clock of tokio.
#[derive(Default)]
pub(crate) struct Seldom(Mutex<Option<Instant>>);

impl Seldom {
    pub(crate) fn admits(&self) -> bool {
        self.admits_at(Instant::now())
    }

    fn admits_at(&self, now: Instant) -> bool {
        let mut last = self.0.lock();
        let admitted =
            last.is_none_or(|last| now.saturating_duration_since(last) >= Duration::from_secs(1));
        if admitted {
            *last = Some(now);
        }
        admitted
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_passes_per_second() {
        let seldom = Seldom::default();
        let start = Instant::now();
        let admitted = |tenths: u64| seldom.admits_at(start + Duration::from_millis(100 * tenths));
        let admitted: Vec<_> = (0..35_u64).filter(|tenths| admitted(*tenths)).collect();
        assert_eq!(admitted, [0, 10, 20, 30]);
    }
}
