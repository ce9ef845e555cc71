//! The cache lifetime of a response (RFC 9111 section 4.2).

use std::time::Duration;

use http::HeaderMap;
use http::header::{AGE, CACHE_CONTROL, DATE, EXPIRES, HeaderName};

/// `None` if the response has no lifetime. Zero for `no-store` and `no-cache`: the settings then decide
/// when to fetch again.
pub(super) fn lifetime(headers: &HeaderMap) -> Option<Duration> {
    let lifetime = match cache_control(headers) {
        Directives { no_store: true, .. } => return Some(Duration::ZERO),
        Directives {
            max_age: Some(seconds),
            ..
        } => seconds,
        Directives { max_age: None, .. } => expires(headers)?,
    };
    let age = text(headers, &AGE).and_then(seconds).unwrap_or_default();
    Some(Duration::from_secs(lifetime.saturating_sub(age)))
}

#[derive(Default)]
struct Directives {
    no_store: bool,
    max_age: Option<u64>,
}

fn cache_control(headers: &HeaderMap) -> Directives {
    let mut directives = Directives::default();
    let values = headers.get_all(CACHE_CONTROL).into_iter();
    let values = values.filter_map(|value| value.to_str().ok());
    for directive in values.flat_map(|value| value.split(',')) {
        let (name, value) = directive.split_once('=').unwrap_or((directive, ""));
        let name = name.trim();
        if name.eq_ignore_ascii_case("no-store") || name.eq_ignore_ascii_case("no-cache") {
            directives.no_store = true;
        } else if name.eq_ignore_ascii_case("max-age") {
            // An invalid one counts as zero (section 4.2.1). The shortest one counts.
            let given = seconds(value.trim().trim_matches('"')).unwrap_or_default();
            let shortest = directives.max_age.map_or(given, |other| other.min(given));
            directives.max_age = Some(shortest);
        }
    }
    directives
}

/// Relative to the server's `Date`, so that the local clock does not matter.
fn expires(headers: &HeaderMap) -> Option<u64> {
    let expires = text(headers, &EXPIRES)?;
    // `0` and other invalid dates are in the past (section 5.3).
    let Ok(expires) = httpdate::parse_http_date(expires) else {
        return Some(0);
    };
    let date = httpdate::parse_http_date(text(headers, &DATE)?).ok()?;
    Some(expires.duration_since(date).unwrap_or_default().as_secs())
}

fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

/// `delta-seconds` (section 1.2.2): digits. A number that is too large becomes the largest one.
fn seconds(text: &str) -> Option<u64> {
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| text.parse().unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn of(fields: &[(HeaderName, &'static str)]) -> Option<u64> {
        let mut headers = HeaderMap::new();
        for (name, value) in fields {
            headers.append(name, HeaderValue::from_static(value));
        }
        lifetime(&headers).map(|lifetime| lifetime.as_secs())
    }

    #[test]
    fn cache_control_max_age_counts_from_the_creation_of_the_response() {
        assert_eq!(of(&[(CACHE_CONTROL, "public, max-age=900")]), Some(900));
        assert_eq!(of(&[(CACHE_CONTROL, "MAX-AGE=\"900\"")]), Some(900));
        assert_eq!(
            of(&[(CACHE_CONTROL, "max-age=900"), (AGE, "100")]),
            Some(800)
        );
        assert_eq!(of(&[(CACHE_CONTROL, "max-age=9"), (AGE, "100")]), Some(0));
        assert_eq!(of(&[(CACHE_CONTROL, "max-age=9"), (AGE, "-100")]), Some(9));
        assert_eq!(
            of(&[(CACHE_CONTROL, "max-age=99999999999999999999")]),
            Some(u64::MAX)
        );
    }

    #[test]
    fn the_shortest_cache_lifetime_of_several_counts() {
        let two = [
            (CACHE_CONTROL, "max-age=900"),
            (CACHE_CONTROL, "max-age=60"),
        ];
        assert_eq!(of(&two), Some(60));
        assert_eq!(of(&[(CACHE_CONTROL, "max-age=900, max-age=-1")]), Some(0));
        assert_eq!(of(&[(CACHE_CONTROL, "max-age=soon")]), Some(0));
        assert_eq!(of(&[(CACHE_CONTROL, "max-age=900, no-store")]), Some(0));
        assert_eq!(of(&[(CACHE_CONTROL, "No-Cache")]), Some(0));
    }

    #[test]
    fn the_expires_header_counts_from_the_date_of_the_server() {
        const NOON: &str = "Sun, 06 Nov 1994 12:00:00 GMT";
        const LATER: &str = "Sun, 06 Nov 1994 12:10:00 GMT";
        assert_eq!(of(&[(DATE, NOON), (EXPIRES, LATER)]), Some(600));
        assert_eq!(
            of(&[(DATE, NOON), (EXPIRES, LATER), (AGE, "60")]),
            Some(540)
        );
        assert_eq!(of(&[(DATE, LATER), (EXPIRES, NOON)]), Some(0));
        assert_eq!(of(&[(EXPIRES, "0")]), Some(0));
        assert_eq!(of(&[(EXPIRES, LATER)]), None);
        let both = [(DATE, NOON), (EXPIRES, LATER), (CACHE_CONTROL, "max-age=5")];
        assert_eq!(of(&both), Some(5));
    }

    #[test]
    fn a_response_without_max_age_or_expires_has_no_cache_lifetime() {
        assert_eq!(of(&[]), None);
        assert_eq!(of(&[(CACHE_CONTROL, "public, s-maxage=5")]), None);
    }
}
