//! Where in a request a credential is.

use std::borrow::Cow;
use std::iter;

use http::HeaderName;
use http::header::{AUTHORIZATION, COOKIE};
use http::request::Parts;

use super::authorization::Authorization;
use super::repeated::Repeated;
use crate::scheme::Scheme;

/// A part of a request from which a kind of credential is read.
///
/// The result of an authentication is reused within a request only while the values of all sources are
/// unchanged.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Source {
    /// A header field.
    Header(HeaderName),
    /// The credentials in `Authorization` that have this scheme and begin with this prefix, such as
    /// `Authorization: Bearer shop_..`. Another kind, such as JWTs, can read the other credentials with the
    /// same scheme.
    ///
    /// The prefix alone decides which kind the credentials belong to, even if the route does not accept this
    /// kind. Credentials with the prefix are visible to this kind only:
    /// [`CredentialRequest::authorization`](crate::authenticator::CredentialRequest::authorization) and
    /// [`CredentialRequest::find`](crate::authenticator::CredentialRequest::find) return `None` for all other kinds. A kind with this source
    /// does not see other values of `Authorization`, unless [`authorization`](Self::authorization) is also one
    /// of its sources.
    ///
    /// The prefix is compared byte for byte. It must have at least four characters, must contain `_`, and
    /// must not be the beginning of a JWT. [`AuthBuilder::build`](crate::AuthBuilder::build) refuses other
    /// prefixes. It also refuses two kinds if the prefix of one begins with the prefix of the other.
    #[non_exhaustive]
    AuthorizationPrefix {
        /// The scheme, such as `Scheme::BEARER`.
        scheme: Scheme,
        /// The prefix of the credentials, such as `shop_`.
        prefix: String,
    },
    /// A cookie (RFC 6265 section 4.2) with this name. Browsers send it by themselves, so
    /// [cross-site requests](crate::AuthBuilder::public_origin) with it are refused.
    Cookie(String),
    /// A query parameter with this name. Queries are stored in logs and in browser histories. Responses get
    /// `Referrer-Policy: no-referrer`.
    Query(String),
    /// The method and the target as they were sent, for a credential that signs them.
    RequestLine,
    /// The connection, for example its peer or client certificate, or what a proxy or a layer in front has found. It
    /// does not change during a request. As for [cookies](Self::Cookie), cross-site requests are refused.
    Connection,
}

impl Source {
    /// The `Authorization` field. The kind reads credentials that have the scheme of its challenge.
    #[must_use]
    pub const fn authorization() -> Self {
        Self::Header(AUTHORIZATION)
    }

    /// The credentials in `Authorization` with this scheme and this prefix: see
    /// [`AuthorizationPrefix`](Self::AuthorizationPrefix).
    ///
    /// ```
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
    /// use auth_runtime::{Auth, Router, Scheme, require_auth};
    /// use auth_runtime::authenticator::{
    ///     AuthenticationError, AuthenticationOutcome, Authenticator, CredentialRequest, Source,
    /// };
    /// use auth_runtime::identity::Provides;
    /// use auth_runtime::routing::get;
    /// use auth_runtime::testing::Issuer;
    /// use axum::{body::Body, http::Request};
    /// use tower::ServiceExt;
    ///
    /// /// `Authorization: Bearer pat_<secret>`, in addition to JWTs.
    /// struct PersonalTokens;
    ///
    /// impl Authenticator for PersonalTokens {
    ///     fn scheme(&self) -> Scheme {
    ///         Scheme::new("PersonalToken")
    ///     }
    ///
    ///     fn sources(&self) -> Vec<Source> {
    ///         vec![Source::authorization_prefix(Scheme::BEARER, "pat_")]
    ///     }
    ///
    ///     fn provides(&self) -> Provides {
    ///         Provides::NONE
    ///     }
    ///
    ///     fn authenticate<'a>(&'a self, request: CredentialRequest<'a>) -> AuthenticationOutcome<'a> {
    ///         match request.find(&self.sources()[0]) {
    ///             Ok(None) => AuthenticationOutcome::Absent,
    ///             // A real application looks up the hash of the token in a database.
    ///             Ok(Some(token)) if *token == *b"pat_of-alice" => {
    ///                 Ok(request.identity("personal", "alice").build()).into()
    ///             }
    ///             Ok(Some(_)) => Err(AuthenticationError::Credentials).into(),
    ///             Err(error) => Err(error).into(),
    ///         }
    ///     }
    /// }
    ///
    /// #[require_auth]
    /// async fn orders() {}
    ///
    /// let issuer = Issuer::new("https://issuer.example", "https://api.example");
    /// let auth = Auth::builder().bearer(issuer.jwt()).authenticator(PersonalTokens).build()?;
    /// let app = Router::new().route("/", get(orders)).with_auth(auth);
    ///
    /// let jwt = issuer.token("bob").sign();
    /// for (token, status) in [("pat_of-alice", 200), (&*jwt, 200), ("pat_unknown", 401)] {
    ///     let value = format!("Bearer {token}");
    ///     let request = Request::get("/").header("authorization", value).body(Body::empty())?;
    ///     assert_eq!(app.clone().oneshot(request).await?.status(), status);
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap();
    /// ```
    #[must_use]
    pub fn authorization_prefix(scheme: Scheme, prefix: impl Into<String>) -> Self {
        Self::AuthorizationPrefix {
            scheme,
            prefix: prefix.into(),
        }
    }

    /// A header field by its name in lower case.
    ///
    /// # Panics
    ///
    /// If `name` is not a valid name in lower case. In a `const`, this is a compile error.
    #[must_use]
    pub const fn header(name: &'static str) -> Self {
        Self::Header(HeaderName::from_static(name))
    }

    /// The value of this source. An empty value counts as none. A request line is not a credential by itself,
    /// and connections are not inspected here.
    pub(crate) fn find<'a>(&self, request: &'a Parts) -> Result<Option<Cow<'a, [u8]>>, Repeated> {
        match self {
            Self::Header(name) => only(
                request
                    .headers
                    .get_all(name)
                    .iter()
                    .map(|value| Cow::Borrowed(value.as_bytes().trim_ascii())),
            ),
            Self::AuthorizationPrefix { scheme, prefix } => {
                match Authorization::read(&request.headers) {
                    Authorization::Multiple => Err(Repeated),
                    authorization => Ok(authorization.prefixed(*scheme, prefix).map(Cow::Borrowed)),
                }
            }
            Self::Cookie(name) => find_cookie(request, name),
            Self::Query(name) => only(parameters(request.uri.query().unwrap_or_default(), name)),
            Self::RequestLine | Self::Connection => Ok(None),
        }
    }

    /// Whether the request has a value for this source.
    pub(crate) fn is_present(&self, request: &Parts) -> bool {
        !matches!(self.find(request), Ok(None))
    }

    /// Whether shared caches do not store the responses to such requests by default (RFC 9111 section 3.5).
    pub(crate) fn is_authorization(&self) -> bool {
        self.is_whole_authorization() || self.is_authorization_prefix()
    }

    pub(crate) fn is_authorization_prefix(&self) -> bool {
        matches!(self, Self::AuthorizationPrefix { .. })
    }

    /// Whether this is the `Authorization` field as a whole.
    pub(crate) fn is_whole_authorization(&self) -> bool {
        matches!(self, Self::Header(name) if name == AUTHORIZATION)
    }
}

impl Source {
    /// Whether both values are the same credential. In `Authorization`, the case of the scheme and the white
    /// space after it do not matter (RFC 9110 section 11.4).
    pub(super) fn is_one_credential(&self, one: &[u8], other: &[u8]) -> bool {
        one == other
            || self.is_whole_authorization()
                && Authorization::of(one).is_same_as(Authorization::of(other))
    }
}

/// The value of the cookie with this name. An empty value counts as none.
pub(crate) fn find_cookie<'a>(
    request: &'a Parts,
    name: &str,
) -> Result<Option<Cow<'a, [u8]>>, Repeated> {
    only(cookies(request, name))
}

/// The values of all cookies with this name.
pub(crate) fn cookies<'a>(request: &'a Parts, name: &str) -> impl Iterator<Item = Cow<'a, [u8]>> {
    request
        .headers
        .get_all(COOKIE)
        .iter()
        .flat_map(|line| pairs(line.as_bytes()))
        .filter_map(move |pair| cookie(pair, name))
}

/// The only value. A single empty value counts as none; two values are an error even if they are empty.
fn only<'a>(
    mut values: impl Iterator<Item = Cow<'a, [u8]>>,
) -> Result<Option<Cow<'a, [u8]>>, Repeated> {
    let first = values.next();
    if values.next().is_some() {
        return Err(Repeated);
    }
    Ok(first.filter(|value| !value.is_empty()))
}

/// The parts of a `Cookie` line.
fn pairs(line: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = Some(line);
    iter::from_fn(move || {
        let line = rest?;
        let end = memchr::memchr(b';', line);
        let (pair, after) = line.split_at(end.unwrap_or(line.len()));
        rest = after.get(1..);
        Some(pair)
    })
}

/// The value of the cookie `pair`, if it has this name, without any quotes around it.
fn cookie<'a>(pair: &'a [u8], name: &str) -> Option<Cow<'a, [u8]>> {
    let pair = pair.trim_ascii();
    // A name has no `=`, so this is the first one.
    let value = pair.strip_prefix(name.as_bytes())?.strip_prefix(b"=")?;
    let unquoted = value
        .strip_prefix(b"\"")
        .and_then(|value| value.strip_suffix(b"\""));
    Some(Cow::Borrowed(unquoted.unwrap_or(value)))
}

/// The values of the parameters of `query` with this name. Any client can send a query of 64 KiB, so other
/// parameters are decoded only as far as needed to compare their names.
fn parameters<'a>(query: &'a str, name: &str) -> impl Iterator<Item = Cow<'a, [u8]>> {
    let pairs = query.as_bytes().split(|byte| *byte == b'&');
    pairs
        .filter(move |pair| !pair.is_empty() && is_name(pair, name))
        .filter_map(value)
}

/// Whether the name of this pair (`name=value`, or a name alone) is `name` once it is decoded.
fn is_name(pair: &[u8], name: &str) -> bool {
    let mut rest = pair;
    // Decodes like `form_urlencoded`, but one octet at a time.
    let decoded = iter::from_fn(|| {
        let (first, mut after) = rest.split_first()?;
        let octet = match (first, after) {
            (b'=', _) => return None,
            (b'%', [high, low, beyond @ ..]) => match (hexadecimal(*high), hexadecimal(*low)) {
                (Some(high), Some(low)) => {
                    after = beyond;
                    high << 4 | low
                }
                _ => b'%',
            },
            (b'+', _) => b' ',
            (other, _) => *other,
        };
        rest = after;
        Some(octet)
    });
    decoded.eq(name.bytes())
}

fn hexadecimal(digit: u8) -> Option<u8> {
    let digit = char::from(digit).to_digit(16)?;
    u8::try_from(digit).ok()
}

/// The value of a pair, decoded.
fn value(pair: &[u8]) -> Option<Cow<'_, [u8]>> {
    #[cfg(test)]
    DECODED.set(DECODED.get() + 1);
    let (_, value) = form_urlencoded::parse(pair).next()?;
    Some(match value {
        Cow::Borrowed(text) => Cow::Borrowed(text.as_bytes()),
        Cow::Owned(text) => Cow::Owned(text.into_bytes()),
    })
}

#[cfg(test)]
thread_local! {
    /// How many values this thread has decoded.
    static DECODED: std::cell::Cell<usize> = const { std::cell::Cell::new(0) };
}

#[cfg(test)]
mod tests {
    use http::Request;
    use proptest::prelude::*;

    use super::*;

    fn parts(target: &str, lines: &[(&str, &str)]) -> Parts {
        let mut request = Request::get(target);
        for (name, value) in lines {
            request = request.header(*name, *value);
        }
        request.body(()).unwrap().into_parts().0
    }

    fn found(source: &Source, request: &Parts) -> Result<Option<String>, Repeated> {
        let text = |value: Cow<'_, [u8]>| String::from_utf8_lossy(&value).into_owned();
        source.find(request).map(|value| value.map(text))
    }

    #[test]
    fn a_credential_header_must_be_one_line_that_is_not_blank() {
        let source = Source::Header(HeaderName::from_static("x-api-key"));
        let find = |lines: &[(&str, &str)]| found(&source, &parts("/", lines));
        assert_eq!(find(&[]), Ok(None));
        assert_eq!(find(&[("x-api-key", " ")]), Ok(None));
        assert_eq!(find(&[("X-API-Key", " a ")]), Ok(Some("a".to_owned())));
        assert_eq!(
            find(&[("x-api-key", "a"), ("x-api-key", "a")]),
            Err(Repeated)
        );
        assert_eq!(
            find(&[("x-api-key", ""), ("x-api-key", "a")]),
            Err(Repeated)
        );
    }

    #[test]
    fn a_credential_cookie_is_found_by_its_whole_name() {
        let source = Source::Cookie("key".to_owned());
        let find = |line: &str| found(&source, &parts("/", &[("cookie", line)]));
        assert_eq!(find("monkey=a; keys=b; key =c; Key=d"), Ok(None));
        assert_eq!(find("a=b;key=c=d; e=f"), Ok(Some("c=d".to_owned())));
        assert_eq!(find("key=\"c\""), Ok(Some("c".to_owned())));
        assert_eq!(find("key=; a=b"), Ok(None));
        assert_eq!(find("key=a; key=a"), Err(Repeated));
        let two = parts("/", &[("cookie", "key=a"), ("cookie", "key=b")]);
        assert_eq!(found(&source, &two), Err(Repeated));
    }

    #[test]
    fn a_credential_in_a_query_parameter_is_decoded() {
        let source = Source::Query("key".to_owned());
        let find = |query: &str| found(&source, &parts(&format!("/?{query}"), &[]));
        assert_eq!(find("a=b&keys=c&Key=d"), Ok(None));
        assert_eq!(find("a=b&key=c%2Bd+e%2"), Ok(Some("c+d e%2".to_owned())));
        assert_eq!(find("k%65y=a"), Ok(Some("a".to_owned())));
        assert_eq!(find("key"), Ok(None));
        assert_eq!(find("key=a&k%65y=a"), Err(Repeated));
    }

    #[test]
    fn only_the_credential_parameter_of_a_long_query_is_decoded() {
        let source = Source::Query("key".to_owned());
        for other in ["a", "a+b=%41", "%6", "ke=y", "keys=%20", "%6b%65=%79", "="] {
            let others = format!("{other}&").repeat(60 * 1024 / (other.len() + 1));
            for (query, expected, decoded) in [
                (others.clone(), Ok(None), 0),
                (format!("{others}k%65y=%61"), Ok(Some("a".to_owned())), 1),
                (format!("key=a&{others}key=a"), Err(Repeated), 2),
            ] {
                DECODED.set(0);
                let request = parts(&format!("/?{query}"), &[]);
                assert_eq!(found(&source, &request), expected, "{other}");
                assert_eq!(DECODED.get(), decoded, "{other}");
            }
        }
    }

    proptest! {
        #[test]
        fn query_parameters_are_found_as_form_urlencoded_finds_them(
            query in "([ky%0-9aA-F+&=]|%6[bB]|%79|key){0,12}",
            name in prop::sample::select(vec!["key", "k", "ky", "k y", "%k", "0"]),
        ) {
            let of_form: Vec<_> = form_urlencoded::parse(query.as_bytes())
                .filter(|(found, _)| found == name)
                .map(|(_, value)| value.into_owned().into_bytes())
                .collect();
            let found: Vec<_> = parameters(&query, name).map(Cow::into_owned).collect();
            prop_assert_eq!(found, of_form);
        }
    }
}
