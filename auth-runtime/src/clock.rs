//! A replaceable clock, so that tests of expiry don't have to sleep.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// A source of the current time. Everything that expires uses it.
///
/// The default is the clock of the system. A function is a clock too:
///
/// ```
/// use std::time::{Duration, SystemTime, UNIX_EPOCH};
/// use auth_runtime::auth::Clock;
///
/// let stopped = || UNIX_EPOCH + Duration::from_secs(1_700_000_000);
/// assert_eq!(stopped.now(), UNIX_EPOCH + Duration::from_secs(1_700_000_000));
/// ```
pub trait Clock: Send + Sync + 'static {
    /// The current time.
    fn now(&self) -> SystemTime;
}

impl<F> Clock for F
where
    F: Fn() -> SystemTime + Send + Sync + 'static,
{
    fn now(&self) -> SystemTime {
        self()
    }
}

/// Whole seconds since 1970, the unit of a JWT `NumericDate` (RFC 7519 section 2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Timestamp(i64);

impl Timestamp {
    pub(crate) const fn from_seconds(seconds: i64) -> Self {
        Self(seconds)
    }

    pub(crate) fn of(time: SystemTime) -> Self {
        Self(match time.duration_since(UNIX_EPOCH) {
            Ok(since) => i64::try_from(since.as_secs()).unwrap_or(i64::MAX),
            Err(before) => {
                i64::try_from(before.duration().as_secs()).map_or(i64::MIN, i64::saturating_neg)
            }
        })
    }

    pub(crate) const fn seconds(self) -> i64 {
        self.0
    }

    /// `None` if `SystemTime` can't represent it. A token may contain any number.
    pub(crate) fn to_system_time(self) -> Option<SystemTime> {
        let distance = Duration::from_secs(self.0.unsigned_abs());
        if self.0 >= 0 {
            UNIX_EPOCH.checked_add(distance)
        } else {
            UNIX_EPOCH.checked_sub(distance)
        }
    }

    pub(crate) fn saturating_add(self, seconds: u64) -> Self {
        Self(self.0.saturating_add_unsigned(seconds))
    }
}
