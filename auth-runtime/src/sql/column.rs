//! How values are kept in columns.

use std::time::SystemTime;

use crate::box_error::BoxError;
use crate::clock::Timestamp;
use crate::scope::Scopes;

/// Scopes or roles, separated by a space: none can contain one. What could is refused, because it
/// would be read back as several.
pub(super) fn joined(words: &[String]) -> Result<String, BoxError> {
    let mut joined = Scopes::NONE;
    for word in words {
        if !joined.push(word) {
            return Err(format!("{word:?} is no scope and no role (RFC 6749 section 3.3)").into());
        }
    }
    Ok(joined.to_string())
}

pub(super) fn split(words: &str) -> Vec<String> {
    words.split_ascii_whitespace().map(str::to_owned).collect()
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
        let owned = |words: &[&str]| {
            words
                .iter()
                .map(|&word| word.to_owned())
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
