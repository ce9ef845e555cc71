//! When to fetch again.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};
use std::time::Duration;

use super::settings::KeyRefresh;

/// The longest pause between two attempts while the issuer can't be reached, unless the cool-down is
/// longer.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// The time after which keys have to be fetched again if their response had this cache `lifetime`.
pub(super) fn interval(settings: &KeyRefresh, lifetime: Option<Duration>) -> Duration {
    lifetime.map_or(settings.interval, |lifetime| {
        lifetime.clamp(settings.min_interval, settings.max_interval)
    })
}

/// The pause after a successful fetch: shorter than `interval` by 2 to 10 %, at random, so that nodes do not fetch at
/// the same time.
pub(super) fn next_after_success(settings: &KeyRefresh, interval: Duration) -> Duration {
    // Early enough for a response before the end of the interval, if a tenth of it is enough for that: without stale
    // keys there are none until the response.
    let for_the_response = settings.timeout.min(interval / 10);
    let early = (interval / 50 + up_to_a_tenth(interval) * 4 / 5).max(for_the_response);
    interval.saturating_sub(early).max(settings.cool_down)
}

/// The pause after this many failures in a row.
pub(super) fn next_after_failure(settings: &KeyRefresh, failures: u32) -> Duration {
    let doubled = 2_u32.saturating_pow(failures.saturating_sub(1));
    let pause = settings.cool_down.saturating_mul(doubled);
    let pause = pause.min(LONGEST_PAUSE.max(settings.cool_down));
    pause + up_to_a_tenth(pause)
}

fn up_to_a_tenth(time: Duration) -> Duration {
    // The keys of a `RandomState` are random enough: nothing secret depends on them.
    let random = RandomState::new().build_hasher().finish();
    let thousandths = u32::try_from(random % 1_000).unwrap_or_default();
    time / 10_000 * thousandths
}

#[cfg(test)]
mod tests {
    use super::*;

    const SETTINGS: KeyRefresh = KeyRefresh::new();

    fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn the_cache_lifetime_from_the_issuer_is_clamped_to_the_configured_bounds() {
        let interval = |lifetime: Option<u64>| interval(&SETTINGS, lifetime.map(seconds)).as_secs();
        assert_eq!(interval(None), 300);
        assert_eq!(interval(Some(600)), 600);
        assert_eq!(interval(Some(0)), 60);
        assert_eq!(interval(Some(u64::MAX)), 3_600);
    }

    #[test]
    fn keys_are_fetched_before_they_expire_with_a_random_delay() {
        let times: Vec<_> = (0..100)
            .map(|_| next_after_success(&SETTINGS, seconds(300)))
            .collect();
        for time in &times {
            assert!((seconds(270)..=seconds(294)).contains(time), "{time:?}");
        }
        assert!(times.iter().any(|time| *time != times[0]));
    }

    #[test]
    fn keys_of_a_short_interval_are_fetched_early_enough_for_a_slow_response() {
        for _ in 0..100 {
            let time = next_after_success(&SETTINGS, seconds(60));
            assert!((seconds(54)..=seconds(55)).contains(&time), "{time:?}");
        }
    }

    #[test]
    fn a_cache_lifetime_below_the_cool_down_does_not_shorten_the_cool_down() {
        assert_eq!(next_after_success(&SETTINGS, seconds(1)), seconds(10));
    }

    #[test]
    fn keys_of_an_issuer_that_is_down_are_retried_with_back_off_up_to_a_minute() {
        for (failures, pause) in [(1, 10), (2, 20), (3, 40), (4, 60), (5, 60), (u32::MAX, 60)] {
            let next = next_after_failure(&SETTINGS, failures);
            let most = seconds(pause) + seconds(pause) / 10;
            assert!(
                (seconds(pause)..=most).contains(&next),
                "{failures}: {next:?}"
            );
        }
        let slow = SETTINGS.cool_down(seconds(100));
        assert!(next_after_failure(&slow, 9) >= seconds(100));
    }
}
