//! Decodes the user name and the password in `Authorization: Basic` (RFC 7617 section 2).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

/// The maximum length of the encoded credentials, in octets.
pub(crate) const LIMIT: usize = 8 * 1024;

/// The credentials are not the base64 of a user name, a colon and a password.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct MalformedBasic;

/// A user name and a password as they were sent, without normalization.
pub(crate) struct BasicCredentials {
    /// Not empty, without colons and control characters.
    pub(crate) user: String,
    /// UTF-8 without control characters. May be empty.
    pub(crate) password: Zeroizing<Vec<u8>>,
}

impl BasicCredentials {
    /// Accepts only the base64 of RFC 4648 section 4 with padding, which all clients send.
    ///
    /// An empty user name is refused although the grammar allows it: all clients that send no name would
    /// share one account.
    pub(crate) fn decode(credentials: &[u8]) -> Result<Self, MalformedBasic> {
        if credentials.len() > LIMIT {
            return Err(MalformedBasic);
        }
        // Large enough, so that no reallocation leaves a copy in memory.
        let mut decoded = Zeroizing::new(vec![0; base64::decoded_len_estimate(credentials.len())]);
        let length = STANDARD
            .decode_slice(credentials, &mut decoded)
            .map_err(|_| MalformedBasic)?;
        let text = decoded.get(..length).ok_or(MalformedBasic)?;
        let text = std::str::from_utf8(text).map_err(|_| MalformedBasic)?;
        let (user, password) = text.split_once(':').ok_or(MalformedBasic)?;
        if user.is_empty() || text.bytes().any(|byte| byte.is_ascii_control()) {
            return Err(MalformedBasic);
        }
        Ok(Self {
            user: user.to_owned(),
            password: Zeroizing::new(password.as_bytes().to_vec()),
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn decode(credentials: impl AsRef<[u8]>) -> Option<(String, String)> {
        let decoded = BasicCredentials::decode(credentials.as_ref()).ok()?;
        let password = String::from_utf8(decoded.password.to_vec()).unwrap();
        Some((decoded.user, password))
    }

    fn pair(user: &str, password: &str) -> (String, String) {
        (user.to_owned(), password.to_owned())
    }

    #[test]
    fn the_basic_examples_of_rfc_7617_are_decoded() {
        assert_eq!(
            decode("QWxhZGRpbjpvcGVuIHNlc2FtZQ=="),
            Some(pair("Aladdin", "open sesame"))
        );
        assert_eq!(decode("dGVzdDoxMjPCow=="), Some(pair("test", "123\u{A3}")));
    }

    #[test]
    fn the_first_colon_separates_the_user_name_from_the_password() {
        for (text, user, password) in [
            ("a:", "a", ""),
            ("a::", "a", ":"),
            ("a:b:c", "a", "b:c"),
            ("a b: c ", "a b", " c "),
            // The composed and the decomposed form are two different names.
            ("\u{E9}:1", "\u{E9}", "1"),
            ("e\u{301}:1", "e\u{301}", "1"),
        ] {
            assert_eq!(decode(STANDARD.encode(text)), Some(pair(user, password)));
        }
    }

    #[test]
    fn f3_credentials_without_user_name_and_password_are_malformed() {
        for text in [
            &b""[..],
            b":",
            b":secret",
            b"alice",
            b"alice\0:secret",
            b"alice\n:secret",
            b"alice:secret\n",
            b"alice:\x7F",
            b"alice:\xA3",
            b"\xFF\xFE:secret",
        ] {
            assert_eq!(decode(STANDARD.encode(text)), None, "{text:?}");
        }
    }

    #[test]
    fn f3_basic_credentials_that_are_not_base64_are_malformed() {
        // The base64 of `a:b` is `YTpi`, of `a:bc` `YTpiYw==`.
        for credentials in [
            "",
            "YTpi=",
            "YTpiYw",
            "YTpiYw=",
            "YTpiYw===",
            "YTpiYx==",
            "YTpi YTpi",
            " YTpi",
            "YTpi,",
            "YTpi\t",
            "YT_i",
            "YT-i",
            "a:b",
            "é",
        ] {
            assert_eq!(decode(credentials), None, "{credentials:?}");
        }
        assert_eq!(decode(b"\xFF"), None);
        assert_eq!(decode("YTpi"), Some(pair("a", "b")));
        assert_eq!(decode("YTpiYw=="), Some(pair("a", "bc")));
    }

    #[test]
    fn basic_credentials_that_are_too_long_are_not_decoded() {
        let longest = "a".repeat(LIMIT / 4 * 3 - 2);
        let credentials = STANDARD.encode(format!("a:{longest}"));
        assert_eq!(credentials.len(), LIMIT);
        assert_eq!(decode(credentials), Some(pair("a", &longest)));
        assert_eq!(decode(STANDARD.encode(format!("a:{longest}b"))), None);
    }

    proptest! {
        #[test]
        fn basic_credentials_survive_encoding_and_decoding(
            user in r"[^:\x00-\x1F\x7F]{1,40}",
            password in r"[^\x00-\x1F\x7F]{0,40}",
        ) {
            let credentials = STANDARD.encode(format!("{user}:{password}"));
            prop_assert_eq!(decode(credentials), Some((user, password)));
        }

        #[test]
        fn only_the_canonical_encoding_of_basic_credentials_is_decoded(
            text in "[a-c:é]{0,12}",
            at in any::<prop::sample::Index>(),
            with in "[A-Za-z0-9+/=_ -]?",
        ) {
            let mut credentials = STANDARD.encode(text);
            if !credentials.is_empty() {
                let at = at.index(credentials.len());
                credentials.replace_range(at..=at, &with);
            }
            if let Some((user, password)) = decode(&credentials) {
                prop_assert_eq!(STANDARD.encode(format!("{user}:{password}")), credentials);
            }
        }
    }
}
