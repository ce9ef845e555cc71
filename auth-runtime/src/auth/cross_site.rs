//! Protects credentials that browsers send by themselves against cross-site request forgery.

use http::Uri;
use http::request::Parts;

use super::Auth;
use super::authentication::{Authentication, AuthenticationFailure};
use super::kind::ConfiguredKind;
use crate::authenticator::FaultDetail;
use crate::credential::Authorization;
use crate::cross_site::{CrossSiteRules, authority};
use crate::quoted::{quoted, quoted_list};
use crate::scheme::Scheme;

impl Auth {
    /// Whether a page of another site may have caused this request. `target` returns the request target as it was sent.
    pub(crate) fn is_cross_site(&self, request: &Parts, target: fn(&Parts) -> &Uri) -> bool {
        self.0.cross_site.is_cross_site(request, target)
    }

    /// The same, if it can change the result of authentication.
    pub(super) fn is_judged_cross_site(&self, request: &Parts, target: fn(&Parts) -> &Uri) -> bool {
        self.0.has_ambient_kinds && self.is_cross_site(request, target)
    }

    /// Asks the accepted kinds in declaration order, those that are ambient in this request after all others (row H8).
    /// An ambient kind is not asked about the credential of a cross-site request (row H5).
    ///
    /// `visible` returns the `Authorization` field as a kind may see it.
    pub(super) fn ask_ambient_kinds_last<'a>(
        &'a self,
        schemes: &[Scheme],
        request: &Parts,
        target: fn(&Parts) -> &Uri,
        visible: impl Fn(&ConfiguredKind) -> Authorization<'a>,
        ask: impl Fn(&'a ConfiguredKind) -> Option<Authentication<'a>>,
    ) -> Option<Authentication<'a>> {
        let ambient_sources = |kind: &'a ConfiguredKind| {
            let sources = kind.ambient.as_ref();
            sources.filter(|sources| sources.apply_to(request, visible(kind)))
        };
        let mut explicit = self
            .accepted(schemes)
            .filter(|kind| ambient_sources(kind).is_none());
        if let Some(authentication) = explicit.find_map(&ask) {
            return Some(authentication);
        }
        let is_cross_site = self.is_cross_site(request, target);
        self.accepted(schemes).find_map(|kind| {
            let sources = ambient_sources(kind)?;
            let refusal = || {
                let failure = AuthenticationFailure::CrossSite(kind.scheme);
                Some(Authentication::Done(Err(failure)))
            };
            if is_cross_site && sources.are_in(request, visible(kind)) {
                return refusal();
            }
            let authentication = ask(kind)?;
            // The kind has found a credential elsewhere, such as a client certificate.
            if is_cross_site {
                return refusal();
            }
            Some(authentication)
        })
    }

    /// Details for the log about a request that was refused as cross-site.
    pub(crate) fn cross_site_detail(
        &self,
        request: &Parts,
        target: fn(&Parts) -> &Uri,
    ) -> FaultDetail {
        let received = CrossSiteRules::received(request);
        let received: Vec<_> = received
            .map(|(field, value)| format!("{field}: {}", quoted(&value)))
            .collect();
        let mut origins = self.0.cross_site.expected().peekable();
        let expected = if origins.peek().is_some() {
            quoted_list(origins)
        } else {
            let host = authority(request, target).unwrap_or_default();
            quoted_list([&*String::from_utf8_lossy(host)])
        };
        FaultDetail {
            claim: None,
            received: (!received.is_empty()).then(|| received.join(", ")),
            expected: Some(expected),
        }
    }
}
