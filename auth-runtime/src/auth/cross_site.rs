//! Protects credentials that browsers send by themselves against cross-site request forgery.

use std::sync::atomic::Ordering;

use http::Uri;
use http::request::Parts;

use super::Auth;
use super::ambient::AmbientSources;
use super::kind::ConfiguredKind;
use crate::authenticator::FaultDetail;
use crate::credential::Authorization;
use crate::cross_site::{CrossSiteRules, Origin, authority};
use crate::quoted::{quoted, quoted_list};
use crate::scheme::Scheme;

/// Any client can send many lines of one field.
const MAX_LOGGED_LINES: usize = 4;

impl Auth {
    /// Called when routes get this `Auth`. Warns once about a missing public origin. An `Auth` that no route has, because
    /// it only verifies passwords, needs none.
    pub(crate) fn warn_of_missing_public_origin(&self) {
        if !self.0.lacks_public_origin.swap(false, Ordering::Relaxed) {
            return;
        }
        let ambient = self.0.kinds.iter().filter(|kind| kind.ambient.is_some());
        let schemes: Vec<_> = ambient.map(|kind| kind.scheme.as_str()).collect();
        tracing::warn!(
            target: "auth_runtime",
            schemes = schemes.join(", "),
            "browsers send these credentials by themselves, and no public origin is set: call \
             `.public_origin(\"https://..\")` on `Auth::builder()`. Until then, `Origin` is compared with the host that \
             a request names. That refuses requests behind a proxy that rewrites `Host`, and does not protect against \
             host names of other sites that point to this server (DNS rebinding)"
        );
    }

    /// Whether a page of another site may have caused this request. `target` returns the request target as it was sent.
    pub(crate) fn is_cross_site(&self, request: &Parts, target: fn(&Parts) -> &Uri) -> bool {
        self.0.cross_site.is_cross_site(request, target)
    }

    /// The same, if it can change the result of authentication.
    pub(super) fn is_judged_cross_site(&self, request: &Parts, target: fn(&Parts) -> &Uri) -> bool {
        self.0.has_ambient_kinds && self.is_cross_site(request, target)
    }

    /// The accepted kinds in declaration order, those that are ambient in this request after all others (row H8), with
    /// their ambient sources. `visible` returns the `Authorization` field as a kind may see it.
    pub(super) fn in_order<'a>(
        &'a self,
        schemes: &[Scheme],
        request: &Parts,
        visible: impl Fn(&ConfiguredKind) -> Authorization<'a> + Copy,
    ) -> impl Iterator<Item = (&'a ConfiguredKind, Option<&'a AmbientSources>)> {
        let ambient_sources = move |kind: &'a ConfiguredKind| {
            let sources = kind.ambient.as_ref();
            sources.filter(|sources| sources.apply_to(request, visible(kind)))
        };
        let explicit = self.accepted(schemes);
        let explicit = explicit.filter(move |kind| ambient_sources(kind).is_none());
        let ambient = self.accepted(schemes);
        let ambient = ambient.filter_map(move |kind| Some((kind, Some(ambient_sources(kind)?))));
        explicit.map(|kind| (kind, None)).chain(ambient)
    }

    /// Details for the log about a request that was refused as cross-site.
    pub(crate) fn cross_site_detail(
        &self,
        request: &Parts,
        target: fn(&Parts) -> &Uri,
    ) -> FaultDetail {
        let rules = &self.0.cross_site;
        let received: Vec<_> = CrossSiteRules::received(request)
            .take(MAX_LOGGED_LINES)
            .map(|(field, value)| format!("{field}: {}", quoted(&value)))
            .collect();
        let host = || String::from_utf8_lossy(authority(request, target).unwrap_or_default());
        let host = rules.public_origins.is_empty().then(host);
        let origins = rules.public_origins.iter().chain(&rules.trusted_origins);
        let origins = origins.map(Origin::as_str);
        FaultDetail {
            claim: None,
            received: (!received.is_empty()).then(|| received.join(", ")),
            expected: Some(quoted_list(host.as_deref().into_iter().chain(origins))),
        }
    }
}
