//! The cookie of a session (RFC 6265bis).

use std::time::Duration;

use cookie::{Cookie, SameSite};
use http::HeaderValue;

use super::Fault;
use crate::scheme::Scheme;

/// Browsers store a cookie with this prefix only if it is `Secure` and `HttpOnly`, has the path `/` and no domain, and
/// was set by a response. So no other host and no script can set it.
const SECURE_NAME: &str = "__Host-Http-sid";
const INSECURE_NAME: &str = "sid";

/// The prefixes for which browsers require `Secure`, in lower case: they are compared without case.
const SECURE_PREFIXES: [&str; 3] = ["__host-", "__secure-", "__http-"];

#[derive(Clone, Debug)]
pub(super) struct CookieSettings {
    /// `None` for the default.
    pub(super) name: Option<String>,
    pub(super) is_strict: bool,
    pub(super) is_insecure: bool,
}

impl CookieSettings {
    pub(super) const fn new() -> Self {
        Self {
            name: None,
            is_strict: false,
            is_insecure: false,
        }
    }

    pub(super) fn name(&self) -> &str {
        match &self.name {
            Some(name) => name,
            None if self.is_insecure => INSECURE_NAME,
            None => SECURE_NAME,
        }
    }

    pub(super) fn fault(&self) -> Option<Fault> {
        let name = self.name();
        if !Scheme::is_name(name) {
            return Some(Fault::CookieName(name.to_owned()));
        }
        let lower = name.to_ascii_lowercase();
        let is_for_https = SECURE_PREFIXES
            .iter()
            .any(|prefix| lower.starts_with(prefix));
        (is_for_https && self.is_insecure).then(|| Fault::InsecurePrefix(name.to_owned()))
    }

    /// The value of `Set-Cookie` that gives the browser this identifier. With `max_age`, the browser keeps it when it is
    /// closed.
    pub(super) fn set(&self, id: &str, max_age: Option<Duration>) -> Option<HeaderValue> {
        self.header(id, max_age)
    }

    /// The value of `Set-Cookie` that deletes the cookie.
    pub(super) fn delete(&self) -> Option<HeaderValue> {
        self.header("", Some(Duration::ZERO))
    }

    /// `None` only if the name is not valid.
    fn header(&self, value: &str, max_age: Option<Duration>) -> Option<HeaderValue> {
        let mut cookie = Cookie::build((self.name(), value))
            .path("/")
            .http_only(true)
            .secure(!self.is_insecure)
            .same_site(if self.is_strict {
                SameSite::Strict
            } else {
                SameSite::Lax
            });
        if let Some(max_age) = max_age.and_then(|max_age| max_age.try_into().ok()) {
            cookie = cookie.max_age(max_age);
        }
        let mut header = HeaderValue::from_str(&cookie.build().to_string()).ok()?;
        header.set_sensitive(true);
        Some(header)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DEFAULT: CookieSettings = CookieSettings::new();

    fn shown(header: Option<HeaderValue>) -> String {
        header.unwrap().to_str().unwrap().to_owned()
    }

    #[test]
    fn a_session_cookie_has_the_strictest_attributes() {
        assert_eq!(
            shown(DEFAULT.set("id", None)),
            "__Host-Http-sid=id; HttpOnly; SameSite=Lax; Secure; Path=/"
        );
        let strict = CookieSettings {
            is_strict: true,
            ..DEFAULT
        };
        assert_eq!(
            shown(strict.set("id", Some(Duration::from_secs(60)))),
            "__Host-Http-sid=id; HttpOnly; SameSite=Strict; Secure; Path=/; Max-Age=60"
        );
    }

    #[test]
    fn a_deleted_session_cookie_has_the_same_attributes() {
        assert_eq!(
            shown(DEFAULT.delete()),
            "__Host-Http-sid=; HttpOnly; SameSite=Lax; Secure; Path=/; Max-Age=0"
        );
    }

    #[test]
    fn an_insecure_session_cookie_has_another_name() {
        let insecure = CookieSettings {
            is_insecure: true,
            ..DEFAULT
        };
        assert_eq!(
            shown(insecure.set("id", None)),
            "sid=id; HttpOnly; SameSite=Lax; Path=/"
        );
        assert!(insecure.fault().is_none());
        for name in ["__Host-sid", "__secure-sid", "__HTTP-sid"] {
            let name = Some(name.to_owned());
            let named = CookieSettings {
                name,
                ..insecure.clone()
            };
            assert!(matches!(named.fault(), Some(Fault::InsecurePrefix(_))));
        }
    }

    #[test]
    fn the_name_of_a_session_cookie_is_a_token() {
        for (name, is_valid) in [("shop", true), ("", false), ("a b", false), ("a;b", false)] {
            let name = Some(name.to_owned());
            let named = CookieSettings { name, ..DEFAULT };
            assert_eq!(named.fault().is_none(), is_valid, "{named:?}");
        }
    }
}
