//! The form of a session in a database.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::{SessionDigest, SessionRecord};

/// Later times and longer times are stored as this one: a sum of two does not overflow, and each is exact as a floating
/// point number of Lua.
const LARGEST: i64 = 1 << 52;

/// The values that a database computes with, in milliseconds, and the rest as JSON.
pub(crate) struct StoredSession {
    pub(crate) last_seen_at: i64,
    pub(crate) ends_at: i64,
    /// How long the session can be unused, with the delay with which a use is written.
    pub(crate) idle_timeout: i64,
    /// The earlier of the end, and the last use plus this time.
    pub(crate) timeout_at: i64,
    /// Everything except the digest, the last use and the sealed value, which changes.
    pub(crate) data: String,
}

impl StoredSession {
    pub(crate) fn of(session: &SessionRecord) -> serde_json::Result<Self> {
        let idle_timeout = session.idle_timeout.saturating_add(session.use_interval());
        let mut unsealed = session.clone();
        unsealed.sealed = None;
        Ok(Self {
            last_seen_at: milliseconds(session.last_seen_at),
            ends_at: milliseconds(session.ends_at),
            idle_timeout: whole_milliseconds(idle_timeout),
            timeout_at: milliseconds(session.timeout_at()),
            data: serde_json::to_string(&unsealed)?,
        })
    }

    /// `None` if the values can't be read. The error of the parser might repeat a part of the data.
    pub(crate) fn read(
        digest: SessionDigest,
        last_seen_at: i64,
        data: &[u8],
        sealed: Option<Vec<u8>>,
    ) -> Option<SessionRecord> {
        let mut session: SessionRecord = serde_json::from_slice(data).ok()?;
        session.digest = digest;
        session.last_seen_at = time(last_seen_at)?;
        session.sealed = sealed;
        Some(session)
    }
}

/// The time of this many milliseconds since 1970.
pub(crate) fn time(milliseconds: i64) -> Option<SystemTime> {
    let since = u64::try_from(milliseconds).ok()?;
    UNIX_EPOCH.checked_add(Duration::from_millis(since))
}

/// Milliseconds since 1970.
pub(crate) fn milliseconds(time: SystemTime) -> i64 {
    whole_milliseconds(time.duration_since(UNIX_EPOCH).unwrap_or_default())
}

/// Rounded up, so that a session does not end early.
fn whole_milliseconds(duration: Duration) -> i64 {
    let milliseconds = duration.as_nanos().div_ceil(1_000_000);
    i64::try_from(milliseconds).map_or(LARGEST, |milliseconds| milliseconds.min(LARGEST))
}
