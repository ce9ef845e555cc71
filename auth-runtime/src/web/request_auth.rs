//! The `Auth` of a request and what it found: one entry in the extensions of the request.

use axum::http::Extensions;
use axum::http::request::Parts;

use super::denial_context::Requester;
use super::remembered_authentication::RememberedAuthentication;
use super::response_metadata::ResponseMetadata;
use crate::auth::Auth;
use crate::credential::Fingerprint;
use crate::identity::Identity;
use crate::policy::{AttributedDenial, Rule};

/// The `Auth` of a request, and the result of authenticating the request. A private type, so that no other code can
/// insert it into the extensions.
#[derive(Clone)]
pub(super) struct RequestAuth {
    pub(super) auth: Auth,
    /// The latest result, which may be of another `Auth`. It contains the earlier ones.
    pub(super) remembered: Option<RememberedAuthentication>,
    /// Shared with the layer that inserted the `Auth`. `None` if this `Auth` adds nothing to responses.
    pub(super) metadata: Option<ResponseMetadata>,
}

impl RequestAuth {
    /// Inserts `auth` into a request. It replaces the `Auth` of an outer layer. Returns the metadata for the response.
    pub(super) fn insert(auth: &Auth, extensions: &mut Extensions) -> Option<ResponseMetadata> {
        let metadata = auth
            .adds_to_responses()
            .then(|| ResponseMetadata::new(auth.adds_identity_to_responses()));
        let outer = extensions.insert(Self {
            auth: auth.clone(),
            remembered: None,
            metadata: metadata.clone(),
        });
        if let Some(outer) = outer
            && let Some(installed) = extensions.get_mut::<Self>()
        {
            installed.remembered = outer.remembered.map(RememberedAuthentication::supersede);
        }
        metadata
    }

    pub(super) fn of(parts: &Parts) -> Option<&Self> {
        parts.extensions.get()
    }

    pub(super) fn of_mut(parts: &mut Parts) -> Option<&mut Self> {
        parts.extensions.get_mut()
    }

    /// The rule of the last guard, if it belongs to this `Auth`.
    pub(super) fn rule(&self) -> Option<&'static Rule> {
        self.remembered.as_ref()?.rule_for(&self.auth)
    }

    /// The caller of the latest result, if this `Auth` found it.
    pub(super) fn identity(&self) -> Option<&Identity> {
        let known = self.remembered.as_ref()?;
        known.identity().filter(|_| known.auth.is(&self.auth))
    }

    /// The results for this request, the latest first.
    pub(super) fn results(&self) -> impl Iterator<Item = &RememberedAuthentication> {
        self.remembered
            .iter()
            .flat_map(RememberedAuthentication::with_earlier)
    }

    /// The remembered result, if authenticating again would have the same result.
    pub(super) fn remembered_under(
        &self,
        rule: Option<&'static Rule>,
        parts: &Parts,
    ) -> Option<&RememberedAuthentication> {
        let known = self.remembered.as_ref()?;
        known.holds_under(rule, &self.auth, parts).then_some(known)
    }

    pub(super) fn remember(
        &mut self,
        rule: Option<&'static Rule>,
        fingerprint: Option<Fingerprint>,
        result: Result<Option<Identity>, AttributedDenial>,
        requester: Requester,
    ) {
        let latest =
            RememberedAuthentication::new(&self.auth, rule, fingerprint, result, requester);
        self.remembered = Some(match self.remembered.take() {
            None => latest,
            Some(before) => latest.after(before),
        });
    }

    /// Notes that the application gets the remembered result.
    pub(super) fn mark_returned(&mut self) {
        if let Some(known) = &mut self.remembered {
            known.returned = true;
        }
    }
}
