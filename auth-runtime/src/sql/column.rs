//! The representation of values in columns.

use std::time::SystemTime;

use crate::box_error::BoxError;
use crate::clock::Timestamp;
use crate::scope::Scopes;

/// Joins scopes or roles with spaces. A value with a space is refused, because it would be read back as several.
pub(super) fn joined(values: &[String]) -> Result<String, BoxError> {
    let mut joined = Scopes::none();
    for value in values {
        if !joined.push(value) {
            return Err(
                format!("{value:?} is not a valid scope or role (RFC 6749 section 3.3)").into(),
            );
        }
    }
    Ok(joined.to_string())
}

pub(super) fn split(values: &str) -> Vec<String> {
    values.split_ascii_whitespace().map(str::to_owned).collect()
}

/// Seconds since 1970.
pub(super) fn seconds(time: SystemTime) -> i64 {
    Timestamp::of(time).seconds()
}

pub(super) fn time(seconds: i64) -> sqlx::Result<SystemTime> {
    Timestamp::from_seconds(seconds)
        .to_system_time()
        .ok_or_else(|| sqlx::Error::Decode("a time that is out of range".into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_scope_is_never_read_back_as_two() {
        let owned = |values: &[&str]| {
            values
                .iter()
                .map(|&value| value.to_owned())
                .collect::<Vec<_>>()
        };
        for kept in [&["orders:read", "a,b", "[c]"][..], &["one"], &[]] {
            assert_eq!(split(&joined(&owned(kept)).unwrap()), kept);
        }
        for refused in ["orders:read admin", "", " ", "a\tb", "a\u{a0}b", "a\"b"] {
            assert!(joined(&owned(&["ok", refused])).is_err(), "{refused:?}");
        }
    }
}
