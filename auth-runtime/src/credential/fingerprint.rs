//! The parts of a request that its authentication depends on, stored to find out later whether they changed.

use http::header::{AUTHORIZATION, COOKIE};
use http::request::Parts;
use http::{HeaderName, HeaderValue, Method, Uri};

use super::authorization::Authorization;
use super::repeated::Repeated;
use super::source::Source;

/// The values of the credential sources of a request when it was authenticated.
#[derive(Clone, Debug)]
pub(crate) struct Fingerprint {
    authorization: Option<HeaderValue>,
    /// `None` if only `Authorization` is read. Boxed, so that this usual case takes little memory.
    others: Option<Box<OtherValues>>,
    /// Whether the request was found to come from another site. Middleware may change the method.
    is_cross_site: bool,
}

#[derive(Clone, Debug)]
struct OtherValues {
    /// The first line of the other credential fields. There is rarely a second one.
    first_line: Option<(HeaderName, HeaderValue)>,
    /// The further lines, field by field.
    more_lines: Vec<(HeaderName, HeaderValue)>,
    query: Option<String>,
    request_line: Option<(Method, Uri)>,
}

impl Fingerprint {
    pub(crate) fn with_cross_site(self, is_cross_site: bool) -> Self {
        Self {
            is_cross_site,
            ..self
        }
    }

    pub(crate) fn is_cross_site(&self) -> bool {
        self.is_cross_site
    }

    /// Whether one of `sources` still holds the credential that it held when this was made, whatever else
    /// changed. Also true if none of them held one: the request line and the connection are not credentials
    /// by themselves.
    pub(crate) fn still_in(&self, sources: &[Source], request: &Parts) -> bool {
        self.is_held(sources, request).unwrap_or(true)
    }

    /// Whether one of `sources` held a credential when this was made, and still holds it.
    pub(crate) fn shares_credential(&self, sources: &[Source], request: &Parts) -> bool {
        self.is_held(sources, request).unwrap_or(false)
    }

    /// Whether one of `sources` still holds the credential that it held. `None` if none of them held one.
    fn is_held(&self, sources: &[Source], request: &Parts) -> Option<bool> {
        let then = self.to_request();
        let held = sources.iter().map(|source| (source, source.find(&then)));
        let mut held = held.filter(|(_, found)| *found != Ok(None)).peekable();
        held.peek()?;
        Some(
            held.any(|(source, then)| match (then, source.find(request)) {
                (Ok(Some(then)), Ok(Some(now))) => source.is_one_credential(&then, &now),
                // It may be one of several values now.
                (_, Err(Repeated)) => true,
                _ => false,
            }),
        )
    }

    /// A request that has only the values of this fingerprint.
    fn to_request(&self) -> Parts {
        let (mut request, ()) = http::Request::new(()).into_parts();
        let authorization = self.authorization.iter().map(|line| (AUTHORIZATION, line));
        let others = self.others.as_deref();
        let lines = others.into_iter().flat_map(OtherValues::lines);
        let lines = lines.map(|(name, line)| (name.clone(), line));
        for (name, line) in authorization.chain(lines) {
            request.headers.append(name, line.clone());
        }
        let query = others.and_then(|others| others.query.as_ref());
        if let Some(Ok(uri)) = query.map(|query| format!("/?{query}").parse()) {
            request.uri = uri;
        }
        request
    }
}

impl OtherValues {
    fn lines(&self) -> impl Iterator<Item = (&HeaderName, &HeaderValue)> {
        let lines = self.first_line.iter().chain(&self.more_lines);
        lines.map(|(name, line)| (name, line))
    }
}

/// All sources that the kinds of one `Auth` read.
#[derive(Debug, Default)]
pub(crate) struct CredentialSources {
    headers: Vec<HeaderName>,
    query: bool,
    request_line: bool,
}

impl CredentialSources {
    pub(crate) fn of(sources: impl IntoIterator<Item = Source>) -> Self {
        let mut result = Self::default();
        for source in sources {
            let header = match source {
                Source::Header(name) => name,
                Source::AuthorizationPrefix { .. } => AUTHORIZATION,
                Source::Cookie(_) => COOKIE,
                Source::Query(_) => {
                    result.query = true;
                    continue;
                }
                Source::RequestLine => {
                    result.request_line = true;
                    continue;
                }
                Source::Connection => continue,
            };
            if header != AUTHORIZATION && !result.headers.contains(&header) {
                result.headers.push(header);
            }
        }
        result
    }

    /// `authorization` is the only line of that field. `target` returns the request target as it was sent: a
    /// nested router sees only a part of it.
    pub(crate) fn fingerprint(
        &self,
        request: &Parts,
        authorization: Option<&HeaderValue>,
        target: fn(&Parts) -> &Uri,
    ) -> Fingerprint {
        let mut lines = self
            .other_lines(request)
            .map(|(name, line)| (name.clone(), line.clone()));
        let others = || OtherValues {
            first_line: lines.next(),
            more_lines: lines.collect(),
            query: self.query(request).map(str::to_owned),
            request_line: self
                .request_line
                .then(|| (request.method.clone(), target(request).clone())),
        };
        Fingerprint {
            authorization: authorization.cloned(),
            others: self.reads_others().then(|| Box::new(others())),
            is_cross_site: false,
        }
    }

    /// Whether `request` has the same values at these sources as when `fingerprint` was made.
    pub(crate) fn matches(
        &self,
        fingerprint: &Fingerprint,
        request: &Parts,
        target: fn(&Parts) -> &Uri,
    ) -> bool {
        let line = Authorization::only_line(&request.headers);
        let same_authorization = match (line, &fingerprint.authorization) {
            (Ok(None), None) => true,
            (Ok(Some(now)), Some(then)) => is_same(now, then),
            _ => false,
        };
        let same_request_line =
            |(method, sent): &(Method, Uri)| *method == request.method && sent == target(request);
        same_authorization
            && fingerprint.others.as_ref().is_none_or(|others| {
                others.lines().eq(self.other_lines(request))
                    && others.query.as_deref() == self.query(request)
                    && others.request_line.as_ref().is_none_or(same_request_line)
            })
    }

    fn reads_others(&self) -> bool {
        !self.headers.is_empty() || self.query || self.request_line
    }

    fn query<'a>(&self, request: &'a Parts) -> Option<&'a str> {
        request.uri.query().filter(|_| self.query)
    }

    fn other_lines<'a>(
        &'a self,
        request: &'a Parts,
    ) -> impl Iterator<Item = (&'a HeaderName, &'a HeaderValue)> {
        self.headers.iter().flat_map(|name| {
            let lines = request.headers.get_all(name).iter();
            lines.map(move |line| (name, line))
        })
    }
}

/// Usually both values share their bytes. Then the bytes need not be compared.
fn is_same(one: &HeaderValue, other: &HeaderValue) -> bool {
    std::ptr::eq(one.as_bytes(), other.as_bytes()) || one == other
}

#[cfg(test)]
mod tests {
    use http::Request;

    use super::*;
    use crate::scheme::Scheme;

    fn fingerprint_of(
        sources: &CredentialSources,
        request: &Parts,
        target: fn(&Parts) -> &Uri,
    ) -> Fingerprint {
        let line = Authorization::only_line(&request.headers).unwrap();
        sources.fingerprint(request, line, target)
    }

    fn uri(request: &Parts) -> &Uri {
        &request.uri
    }

    fn parts(target: &str, lines: &[(&str, &str)]) -> Parts {
        let mut request = Request::get(target);
        for (name, value) in lines {
            request = request.header(*name, *value);
        }
        request.body(()).unwrap().into_parts().0
    }

    #[test]
    fn a_credential_fingerprint_changes_only_with_the_credential() {
        let sources_of_auth = CredentialSources::of([
            Source::authorization(),
            Source::Header(HeaderName::from_static("x-api-key")),
        ]);
        let then = parts("/", &[("x-api-key", "a")]);
        let fingerprint = fingerprint_of(&sources_of_auth, &then, uri);
        let hold = |target, lines: &[(&str, &str)]| {
            let now = parts(target, lines);
            sources_of_auth.matches(&fingerprint, &now, uri)
        };
        assert!(hold("/", &[("x-api-key", "a")]));
        assert!(hold("/other?a=b", &[("x-api-key", "a"), ("x-other", "b")]));
        for changed in [
            &[][..],
            &[("x-api-key", "b")],
            &[("x-api-key", "a"), ("x-api-key", "a")],
            &[("x-api-key", "a"), ("authorization", "b")],
        ] {
            assert!(!hold("/", changed), "{changed:?}");
        }
    }

    #[test]
    fn the_fingerprint_of_a_prefixed_credential_covers_all_of_it() {
        let source = Source::authorization_prefix(Scheme::BEARER, "shop_");
        let then = parts("/", &[("authorization", "Bearer shop_A b")]);
        assert_eq!(&*source.find(&then).unwrap().unwrap(), b"shop_A b");
        let sources_of_auth = CredentialSources::of([source.clone()]);
        let fingerprint = fingerprint_of(&sources_of_auth, &then, uri);
        let line = |value| ("authorization", value);
        for (lines, same) in [
            (&[line("bEARER   shop_A b")][..], true),
            (&[line("Bearer shop_a b")], false),
            (&[line("Bearer shop_A c")], false),
            (&[line("Token shop_A b")], false),
            (&[], false),
            // With two lines, the credential may be either of them.
            (&[line("Bearer shop_A b"), line("Bearer x")], true),
        ] {
            let now = parts("/", lines);
            let sources = [source.clone()];
            assert_eq!(fingerprint.still_in(&sources, &now), same, "{lines:?}");
            assert!(
                !sources_of_auth.matches(&fingerprint, &now, uri),
                "{lines:?}"
            );
        }
        let two = parts("/", &[line("Bearer shop_A"), line("Bearer shop_A")]);
        assert_eq!(source.find(&two), Err(Repeated));
    }

    #[test]
    fn a_nested_router_changes_neither_the_query_nor_the_original_uri() {
        fn sent(request: &Parts) -> &Uri {
            request.extensions.get().unwrap()
        }
        let nested = |target: &str| {
            let mut nested = parts(target, &[]);
            nested.extensions.insert(Uri::from_static("/a/b?key=c"));
            nested
        };
        let outer = nested("/a/b?key=c");
        let query = CredentialSources::of([Source::Query("key".to_owned())]);
        let fingerprint = fingerprint_of(&query, &outer, sent);
        assert!(query.matches(&fingerprint, &nested("/b?key=c"), sent));
        assert!(!query.matches(&fingerprint, &nested("/b?key=d"), sent));
        assert!(!query.matches(&fingerprint, &nested("/b"), sent));

        let signed = CredentialSources::of([Source::RequestLine]);
        let fingerprint = fingerprint_of(&signed, &outer, sent);
        assert!(signed.matches(&fingerprint, &nested("/b?key=c"), sent));
        assert!(!signed.matches(&fingerprint, &nested("/b?key=c"), uri));
    }
}
