//! The fields of a key: as JSON, and as text.

use std::collections::HashMap;
use std::fmt::Write;
use std::time::{Duration, SystemTime};

use auth_runtime::api_key::ApiKeyRecord;
use humantime::format_rfc3339_seconds;
use serde_json::{Value, json};

/// A key, and what is known about it now.
pub(crate) struct Key<'a> {
    pub(crate) record: &'a ApiKeyRecord,
    /// The prefix of the key that replaces it.
    pub(crate) replaced_by: Option<&'a str>,
    pub(crate) now: SystemTime,
}

impl<'a> Key<'a> {
    pub(crate) fn new(record: &'a ApiKeyRecord, replaced_by: Option<&'a str>) -> Self {
        Self {
            record,
            replaced_by,
            now: SystemTime::now(),
        }
    }

    /// All of these, each with the key that replaces it.
    pub(crate) fn all(records: &'a [ApiKeyRecord]) -> impl Iterator<Item = Self> {
        let successors: HashMap<_, _> = records
            .iter()
            .filter_map(|key| Some((key.replaces.as_deref()?, key.prefix.as_str())))
            .collect();
        records.iter().map(move |record| {
            let replaced_by = successors.get(record.prefix.as_str()).copied();
            Self::new(record, replaced_by)
        })
    }

    pub(crate) fn to_json(&self) -> Value {
        let key = self.record;
        json!({
            "prefix": key.prefix,
            "owner": key.owner,
            "description": key.description,
            "scopes": key.scopes,
            "roles": key.roles,
            "state": self.state(),
            "created_at": moment(key.created_at),
            "expires_at": key.expires_at.map(moment),
            "revoked_at": key.revoked_at.map(moment),
            "last_used_at": key.last_used_at.map(moment),
            "replaces": key.replaces,
            "replaced_by": self.replaced_by,
        })
    }

    fn state(&self) -> &'static str {
        match (self.record.revoked_at, self.record.expires_at) {
            (Some(_), _) => "revoked",
            (None, Some(expiry)) if expiry <= self.now => "expired",
            _ => "active",
        }
    }

    /// `expires in 89 days`.
    pub(crate) fn standing(&self) -> String {
        match (self.record.revoked_at, self.record.expires_at) {
            (Some(time), _) => format!("revoked {}", self.relative(time)),
            (None, Some(expiry)) if expiry <= self.now => {
                format!("expired {}", self.relative(expiry))
            }
            (None, Some(expiry)) => format!("expires {}", self.relative(expiry)),
            (None, None) => "active".to_owned(),
        }
    }

    pub(crate) fn last_used(&self) -> String {
        let time = self.record.last_used_at;
        time.map_or_else(|| "never".to_owned(), |time| self.relative(time))
    }

    /// `in 89 days`, `5 minutes ago`.
    fn relative(&self, time: SystemTime) -> String {
        match time.duration_since(self.now) {
            Ok(ahead) => format!("in {}", about(ahead)),
            Err(past) if past.duration().as_secs() == 0 => "now".to_owned(),
            Err(past) => format!("{} ago", about(past.duration())),
        }
    }
}

/// In the largest unit of which there are at least two, rounded.
fn about(time: Duration) -> String {
    let seconds = time.as_secs();
    let units = [(24 * 60 * 60, "day"), (60 * 60, "hour"), (60, "minute")];
    let (size, unit) = units
        .into_iter()
        .find(|(size, _)| seconds + size / 2 >= 2 * size)
        .unwrap_or((1, "second"));
    let number = (seconds + size / 2) / size;
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {unit}{plural}")
}

/// RFC 3339, in UTC.
pub(crate) fn moment(time: SystemTime) -> String {
    let mut text = String::new();
    match write!(text, "{}", format_rfc3339_seconds(time)) {
        Ok(()) => text,
        // RFC 3339 has no later years.
        Err(_) => "9999-12-31T23:59:59Z".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_beyond_the_year_9999_is_displayed_as_the_last_second() {
        let then = SystemTime::UNIX_EPOCH + Duration::from_secs(946_684_800);
        assert_eq!(moment(then), "2000-01-01T00:00:00Z");
        let far_ahead = then + Duration::from_secs(10_000 * 31_556_952);
        assert_eq!(moment(far_ahead), "9999-12-31T23:59:59Z");
    }

    #[test]
    fn durations_are_displayed_in_the_most_useful_unit() {
        for (seconds, said) in [
            (0, "0 seconds"),
            (1, "1 second"),
            (89, "89 seconds"),
            (90, "2 minutes"),
            (3_600, "60 minutes"),
            (2 * 3_600, "2 hours"),
            (7 * 86_400 - 1, "7 days"),
            (90 * 86_400, "90 days"),
        ] {
            assert_eq!(about(Duration::from_secs(seconds)), said);
        }
    }
}
