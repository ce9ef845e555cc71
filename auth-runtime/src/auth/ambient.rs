//! Which credentials browsers send by themselves: with every request to a site, also with those that another site
//! causes.

use http::header::{AUTHORIZATION, COOKIE};
use http::request::Parts;

use crate::credential::{Authorization, Source};
use crate::scheme::Scheme;

/// The schemes of `Authorization` whose credentials browsers remember and send again.
const REMEMBERED_SCHEMES: [Scheme; 4] = [
    Scheme::BASIC,
    Scheme::new("Digest"),
    Scheme::new("Negotiate"),
    Scheme::new("NTLM"),
];

/// Where a kind of credential is read from, as far as browsers fill these parts of a request by themselves.
#[derive(Debug)]
pub(super) struct AmbientSources {
    sources: Vec<Source>,
    /// The scheme of the kind's credentials in `Authorization`.
    auth_scheme: Scheme,
    /// Whether the kind is ambient in every request, and not only in those that have one of these sources.
    always: bool,
}

impl AmbientSources {
    /// `None` if a caller has to add the credential of this kind to each request. `auth_scheme` is the scheme of its
    /// credentials in `Authorization`.
    pub(super) fn of(sources: &[Source], auth_scheme: Scheme) -> Option<Self> {
        let (ambient, others): (Vec<_>, Vec<_>) = sources
            .iter()
            // A request line is not a credential.
            .filter(|source| **source != Source::RequestLine)
            .cloned()
            .partition(|source| is_ambient(source, auth_scheme));
        (!ambient.is_empty()).then(|| Self {
            // Only the kind itself can see whether the connection has a credential.
            always: others.is_empty() || ambient.contains(&Source::Connection),
            sources: ambient,
            auth_scheme,
        })
    }

    /// Whether the kind counts as ambient in this request. A kind that is also read from other sources does so only in
    /// requests that have an ambient one: one header field that the kind reads, such as `Host`, does not show that a
    /// caller has added the credential.
    pub(super) fn apply_to(&self, request: &Parts, authorization: Authorization<'_>) -> bool {
        self.always || self.are_in(request, authorization)
    }

    /// Whether one of these sources is in the request. `authorization` is the field as the kind may see it. Connections
    /// are not inspected here.
    pub(super) fn are_in(&self, request: &Parts, authorization: Authorization<'_>) -> bool {
        self.sources.iter().any(|source| match source {
            Source::AuthorizationPrefix { scheme, prefix } => {
                authorization.prefixed(*scheme, prefix).is_some()
            }
            Source::Header(name) if name == AUTHORIZATION => {
                authorization.credentials(self.auth_scheme).is_some()
            }
            other => other.is_present(request),
        })
    }
}

fn is_ambient(source: &Source, auth_scheme: Scheme) -> bool {
    match source {
        Source::Cookie(_) | Source::Connection => true,
        Source::AuthorizationPrefix { scheme, .. } => REMEMBERED_SCHEMES.contains(scheme),
        Source::Header(name) if name == AUTHORIZATION => REMEMBERED_SCHEMES.contains(&auth_scheme),
        Source::Header(name) => name == COOKIE,
        Source::Query(_) | Source::RequestLine => false,
    }
}
