//! The names of authentication schemes.

use std::fmt;
use std::hash::{Hash, Hasher};

/// The name of an authentication scheme (RFC 9110 section 11.1), as in `WWW-Authenticate`. It identifies a kind of
/// credential. Names are compared case-insensitively.
///
/// Declare a constant for a kind of your own, and use it in the rules of handlers:
///
/// ```
/// use auth_runtime::{Scheme, require_auth};
///
/// const GATEWAY: Scheme = Scheme::new("Gateway");
///
/// #[require_auth(scheme = GATEWAY)]
/// async fn internal() -> &'static str {
///     "for requests through the gateway"
/// }
///
/// assert_eq!(GATEWAY, Scheme::new("gateway"));
/// assert_ne!(GATEWAY, Scheme::BEARER);
/// ```
#[derive(Clone, Copy)]
pub struct Scheme(&'static str);

/// The built-in schemes, and the string for each in `scheme = ".."`. The macro crate can't use this table, so it has
/// its own; a test compares the two.
pub const BUILT_IN: [(&str, Scheme); 4] = [
    ("bearer", Scheme::BEARER),
    ("basic", Scheme::BASIC),
    ("api_key", Scheme::API_KEY),
    ("session", Scheme::SESSION),
];

const UNKNOWN_SCHEME: &str = "unknown scheme: write `bearer`, `basic`, `api_key` or `session`, or the `const` of \
     your own scheme, `scheme = GATEWAY`";

impl Scheme {
    /// Bearer tokens (RFC 6750): `scheme = "bearer"`.
    pub const BEARER: Self = Self("Bearer");
    /// User names and passwords (RFC 7617): `scheme = "basic"`.
    pub const BASIC: Self = Self("Basic");
    /// API keys: `scheme = "api_key"`. This scheme is not registered with IANA.
    pub const API_KEY: Self = Self("ApiKey");

    /// Sessions of browsers: `scheme = "session"`. The challenge has the scheme `Cookie`. Neither is registered with IANA.
    pub const SESSION: Self = Self("Session");

    /// A scheme with this name, which must be a token (RFC 9110 section 5.6.2).
    ///
    /// # Panics
    ///
    /// If `name` is not a token. In a `const` this is a compile error.
    #[must_use]
    #[track_caller]
    pub const fn new(name: &'static str) -> Self {
        assert!(
            Self::is_name(name),
            "the name of a scheme must be a token (RFC 9110 section 5.6.2), without spaces and separators"
        );
        Self(name)
    }

    /// The built-in scheme that a rule names with a string.
    ///
    /// # Panics
    ///
    /// At compile time, if there is no such scheme.
    #[must_use]
    #[track_caller]
    #[allow(clippy::panic, reason = "the panic is a compile error")]
    pub(crate) const fn named(name: &'static str) -> Self {
        let mut rest: &[(&str, Self)] = &BUILT_IN;
        while let [(built_in, scheme), tail @ ..] = rest {
            if is_same(built_in.as_bytes(), name.as_bytes()) {
                return *scheme;
            }
            rest = tail;
        }
        panic!("{}", UNKNOWN_SCHEME)
    }

    /// The string that names this scheme in a rule, if it is built in.
    pub(crate) fn built_in_name(self) -> Option<&'static str> {
        let named = BUILT_IN.iter().find(|(_, scheme)| *scheme == self);
        named.map(|(name, _)| *name)
    }

    /// Whether `name` is a token.
    pub(crate) const fn is_name(name: &str) -> bool {
        let mut rest = name.as_bytes();
        while let [first, tail @ ..] = rest {
            if !is_token_byte(*first) {
                return false;
            }
            rest = tail;
        }
        !name.is_empty()
    }

    /// Whether this is the name of a scheme whose credentials are not a bearer token or a key: the registered
    /// schemes (IANA, "HTTP Authentication Schemes") except `Bearer` and `OAuth`, and `NTLM`. `OAuth` is
    /// allowed because some APIs accept bearer tokens with that name.
    pub(crate) fn is_reserved(self) -> bool {
        const RESERVED: [Scheme; 13] = [
            Scheme::BASIC,
            Scheme("Concealed"),
            Scheme("Digest"),
            Scheme("DPoP"),
            Scheme("GNAP"),
            Scheme("HOBA"),
            Scheme("Mutual"),
            Scheme("Negotiate"),
            Scheme("NTLM"),
            Scheme("PrivateToken"),
            Scheme("SCRAM-SHA-1"),
            Scheme("SCRAM-SHA-256"),
            Scheme("vapid"),
        ];
        RESERVED.contains(&self)
    }

    /// The name, as it was passed to [`new`](Self::new).
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        self.0
    }
}

/// `==` in `const` functions.
const fn is_same(mut one: &[u8], mut other: &[u8]) -> bool {
    while let ([first, rest @ ..], [other_first, other_rest @ ..]) = (one, other) {
        if *first != *other_first {
            return false;
        }
        (one, other) = (rest, other_rest);
    }
    one.is_empty() && other.is_empty()
}

/// `tchar` (RFC 9110 section 5.6.2).
const fn is_token_byte(byte: u8) -> bool {
    matches!(
        byte,
        b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z'
        | b'!' | b'#' | b'$' | b'%' | b'&' | b'\'' | b'*' | b'+'
        | b'-' | b'.' | b'^' | b'_' | b'`' | b'|' | b'~'
    )
}

impl PartialEq for Scheme {
    fn eq(&self, other: &Self) -> bool {
        // Names are nearly always written alike, and equal bytes are found faster.
        self.0 == other.0 || self.0.eq_ignore_ascii_case(other.0)
    }
}

impl Eq for Scheme {}

impl Hash for Scheme {
    fn hash<H: Hasher>(&self, state: &mut H) {
        for byte in self.0.bytes() {
            state.write_u8(byte.to_ascii_lowercase());
        }
    }
}

impl fmt::Display for Scheme {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.0)
    }
}

impl fmt::Debug for Scheme {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Scheme({})", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::{BUILT_IN, Scheme, UNKNOWN_SCHEME};

    #[test]
    fn a_built_in_scheme_is_found_by_its_exact_name_only() {
        for (name, scheme) in BUILT_IN {
            assert_eq!(Scheme::named(name).as_str(), scheme.as_str());
            assert_eq!(scheme.built_in_name(), Some(name));
            assert!(UNKNOWN_SCHEME.contains(&format!("`{name}`")), "{name}");
        }
        for name in ["", "Bearer", "bearer ", "beare", "api-key"] {
            let found = std::panic::catch_unwind(|| Scheme::named(name));
            assert!(found.is_err(), "{name:?}");
        }
    }
}
