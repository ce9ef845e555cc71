//! The `Authorization` field (RFC 9110 section 11.6.2).

use http::header::AUTHORIZATION;
use http::{HeaderMap, HeaderValue};

use super::repeated::Repeated;
use crate::scheme::Scheme;

/// The content of the request's `Authorization` field lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Authorization<'a> {
    /// No line, or a blank one.
    Absent,
    /// More than one line, whatever their content: two parsers may disagree on which one counts.
    Multiple,
    /// One line: `scheme 1*SP credentials`. Both parts are as sent.
    Present {
        scheme: &'a [u8],
        credentials: &'a [u8],
    },
}

impl<'a> Authorization<'a> {
    pub(crate) fn read(headers: &'a HeaderMap) -> Self {
        Self::of_line(Self::only_line(headers))
    }

    /// The only line of the field.
    pub(crate) fn only_line(headers: &'a HeaderMap) -> Result<Option<&'a HeaderValue>, Repeated> {
        let mut lines = headers.get_all(AUTHORIZATION).iter();
        let first = lines.next();
        match lines.next() {
            None => Ok(first),
            Some(_) => Err(Repeated),
        }
    }

    pub(crate) fn of_line(line: Result<Option<&'a HeaderValue>, Repeated>) -> Self {
        match line {
            Ok(Some(line)) => Self::of(line.as_bytes()),
            Ok(None) => Self::Absent,
            Err(Repeated) => Self::Multiple,
        }
    }

    /// The content of one line.
    pub(super) fn of(line: &'a [u8]) -> Self {
        let value = line.trim_ascii();
        if value.is_empty() {
            return Self::Absent;
        }
        let end = value
            .iter()
            .position(|byte| !is_token_byte(*byte))
            .unwrap_or(value.len());
        let (scheme, rest) = value.split_at(end);
        // Only spaces are separators; after a tab or a comma the credentials are malformed, not absent.
        let spaces = rest.iter().take_while(|byte| **byte == b' ').count();
        let (_, credentials) = rest.split_at(spaces);
        Self::Present {
            scheme,
            credentials,
        }
    }

    /// Whether both have the same scheme and, apart from surrounding white space, the same credentials.
    pub(super) fn is_same_as(self, other: Authorization<'_>) -> bool {
        match (self, other) {
            (
                Self::Present {
                    scheme,
                    credentials,
                },
                Authorization::Present {
                    scheme: other_scheme,
                    credentials: other_credentials,
                },
            ) => {
                scheme.eq_ignore_ascii_case(other_scheme)
                    && credentials.trim_ascii() == other_credentials.trim_ascii()
            }
            (one, other) => one == other,
        }
    }

    /// The credentials, if the line has this scheme.
    pub(crate) fn credentials(self, scheme: Scheme) -> Option<&'a [u8]> {
        match self {
            Self::Present {
                scheme: found,
                credentials,
            } if is_scheme(found, scheme.as_str().as_bytes()) => Some(credentials),
            _ => None,
        }
    }

    /// The credentials, if the line has this scheme and they begin with this prefix. White space before the
    /// prefix is skipped: it makes the credentials malformed, but they still belong to the same kind.
    pub(crate) fn prefixed(self, scheme: Scheme, prefix: &str) -> Option<&'a [u8]> {
        self.credentials(scheme).filter(|credentials| {
            credentials
                .trim_ascii_start()
                .starts_with(prefix.as_bytes())
        })
    }
}

/// Clients nearly always write the name as it is registered, and equal bytes are found faster.
fn is_scheme(found: &[u8], name: &[u8]) -> bool {
    found == name || found.eq_ignore_ascii_case(name)
}

/// `tchar` (RFC 9110 section 5.6.2).
fn is_token_byte(byte: u8) -> bool {
    matches!(byte,
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'!' | b'#' | b'$' | b'%' | b'&' | b'\'' | b'*' | b'+' | b'-' | b'.'
        | b'^' | b'_' | b'`' | b'|' | b'~')
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn headers(lines: &[&[u8]]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(AUTHORIZATION, HeaderValue::from_bytes(line).unwrap());
        }
        headers
    }

    fn assert_presented(line: &[u8], scheme: &[u8], credentials: &[u8]) {
        assert_eq!(
            Authorization::read(&headers(&[line])),
            Authorization::Present {
                scheme,
                credentials
            },
            "{line:?}"
        );
    }

    #[test]
    fn an_empty_or_blank_authorization_field_is_absent() {
        for lines in [&[][..], &[&b""[..]], &[&b"   "[..]], &[&b"\t"[..]]] {
            assert_eq!(Authorization::read(&headers(lines)), Authorization::Absent);
        }
    }

    #[test]
    fn authorization_credentials_are_found_by_scheme_and_prefix() {
        let find = |line: &[u8], prefix: &str| {
            let headers = headers(&[line]);
            let authorization = Authorization::read(&headers);
            let found = authorization.prefixed(Scheme::BEARER, prefix);
            found.map(|found| String::from_utf8_lossy(found).into_owned())
        };
        for (line, expected) in [
            (&b"Bearer shop_a"[..], Some("shop_a")),
            (b"bEARER   shop_a", Some("shop_a")),
            (b"Bearer shop_", Some("shop_")),
            (b"Bearer\tshop_a", Some("\tshop_a")),
            (b"Bearer \tshop_a", Some("\tshop_a")),
            (b"Bearer SHOP_a", None),
            (b"Bearer shop", None),
            (b"Bearer ashop_a", None),
            (b"Bearer", None),
            (b"Token shop_a", None),
            (b"shop_a", None),
        ] {
            assert_eq!(find(line, "shop_").as_deref(), expected, "{line:?}");
        }
    }

    #[test]
    fn two_authorization_lines_are_multiple_even_if_one_is_empty() {
        for lines in [
            [&b"Bearer a"[..], b"Bearer a"],
            [b"Bearer a", b""],
            [b"", b""],
        ] {
            assert_eq!(
                Authorization::read(&headers(&lines)),
                Authorization::Multiple
            );
        }
    }

    #[test]
    fn the_authorization_scheme_ends_at_the_first_non_token_character() {
        assert_presented(b"Bearer abc", b"Bearer", b"abc");
        assert_presented(b"bEaReR    abc  ", b"bEaReR", b"abc");
        assert_presented(b"Bearer", b"Bearer", b"");
        assert_presented(b"Bearerabc", b"Bearerabc", b"");
        assert_presented(b"Bearer\tabc", b"Bearer", b"\tabc");
        assert_presented(b"Bearer,abc", b"Bearer", b",abc");
        assert_presented(b"\xff\xfe x", b"", b"\xff\xfe x");
    }
}
