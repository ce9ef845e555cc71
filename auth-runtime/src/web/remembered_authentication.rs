//! The result of authentication, stored with the `Auth` of the request.
//!
//! A result is reused only by the same `Auth` and with the same credential. Another `Auth` authenticates again, as does
//! the same one if middleware has changed or removed the credential. Earlier results are kept too, so that one request
//! is never accepted for two callers.

use std::iter::successors;
use std::sync::Arc;

use axum::http::request::Parts;

use super::denial_context::Requester;
use super::target::target;
use crate::auth::Auth;
use crate::credential::Fingerprint;
use crate::identity::Identity;
use crate::policy::{AttributedDenial, Rule};
use crate::scheme::Scheme;

/// The result of authenticating a request, and the credential that it is based on.
#[derive(Clone)]
pub(super) struct RememberedAuthentication {
    pub(super) auth: Auth,
    /// The rule of the last guard, if any. Extractors use it.
    rule: Option<&'static Rule>,
    /// `None` if the request had several `Authorization` lines.
    fingerprint: Option<Fingerprint>,
    pub(super) result: Result<Option<Identity>, AttributedDenial>,
    /// Whether a guard has used it, and not only extractors.
    pub(super) guarded: bool,
    /// Whether the application may have acted on this result: an extractor returned it, or a guard refused a
    /// credential.
    pub(super) returned: bool,
    /// Whether an `Auth` was inserted into the request afterwards. Then guards no longer use this result, except to
    /// detect a second caller.
    superseded: bool,
    /// The result before this one, from another `Auth` or from other credentials.
    earlier: Option<Arc<RememberedAuthentication>>,
}

/// Whether credentials are checked under this rule.
pub(super) fn looks_at_credentials(rule: Option<&Rule>) -> bool {
    !rule.is_some_and(Rule::is_anonymous)
}

pub(super) fn is_same_caller(one: &Identity, other: &Identity) -> bool {
    one.scheme() == other.scheme() && one.id() == other.id()
}

impl RememberedAuthentication {
    /// Called when an `Auth` is inserted into the request: from then on, guards do not use results under the rule of an
    /// earlier guard.
    pub(super) fn supersede(mut self) -> Self {
        if self.rule.is_some() {
            // On a public route, no credential was checked.
            self.returned &= looks_at_credentials(self.rule);
            self.superseded = true;
        }
        self
    }

    pub(super) fn new(
        auth: &Auth,
        rule: Option<&'static Rule>,
        fingerprint: Option<Fingerprint>,
        result: Result<Option<Identity>, AttributedDenial>,
        requester: Requester,
    ) -> Self {
        let is_guard = requester == Requester::Guard;
        let refused_credential = matches!(&result, Err(refused) if refused.attempted.is_some());
        Self {
            auth: auth.clone(),
            rule,
            fingerprint,
            result,
            guarded: is_guard,
            returned: !is_guard || refused_credential,
            superseded: false,
            earlier: None,
        }
    }

    /// This result, which was found after `before`.
    pub(super) fn after(mut self, before: Self) -> Self {
        if self.repeats(&before) {
            self.guarded |= before.guarded;
            self.returned |= before.returned;
            self.earlier = before.earlier;
        } else if before.returned || before.identity().is_some() {
            self.earlier = Some(Arc::new(before));
        } else {
            self.earlier = before.earlier;
        }
        self
    }

    /// This result and those before it, the latest first.
    pub(super) fn with_earlier(&self) -> impl Iterator<Item = &Self> {
        successors(Some(self), |caller| caller.earlier.as_deref())
    }

    /// The rule of the guard, if `auth` is still the `Auth` of the request.
    pub(super) fn rule_for(&self, auth: &Auth) -> Option<&'static Rule> {
        self.rule.filter(|_| self.auth.is(auth) && !self.superseded)
    }

    /// Whether authenticating again would have the same result.
    pub(super) fn holds_under(
        &self,
        rule: Option<&'static Rule>,
        auth: &Auth,
        parts: &Parts,
    ) -> bool {
        !self.superseded
            && self.is_of(parts, auth)
            && looks_at_credentials(self.rule) == looks_at_credentials(rule)
            && self.is_enough_for(schemes(rule))
    }

    pub(super) fn identity(&self) -> Option<&Identity> {
        self.result.as_ref().ok()?.as_ref()
    }

    /// Whether `before` is a result of the same `Auth` with the same caller.
    fn repeats(&self, before: &Self) -> bool {
        let identities = (self.identity(), before.identity());
        self.auth.is(&before.auth)
            && matches!(identities, (Some(one), Some(other)) if is_same_caller(one, other))
    }

    /// Whether the request still has the credential of this result. If there was no credential, whether nothing has
    /// been added where credentials are read from.
    pub(super) fn is_still_presented(&self, parts: &Parts) -> bool {
        let Some(fingerprint) = &self.fingerprint else {
            // The request had several `Authorization` lines, and may still have any of them.
            return true;
        };
        match self.kind() {
            Some(kind) => self.auth.still_presents(kind, fingerprint, parts),
            None => self.is_of(parts, &self.auth),
        }
    }

    /// Whether the request already had the credential of `identity` when this result was found. Otherwise middleware
    /// has added it since.
    pub(super) fn saw_credential_of(&self, identity: &Identity, parts: &Parts) -> bool {
        let before = self.fingerprint.as_ref();
        before.is_some_and(|before| self.auth.presented(identity.scheme(), before, parts))
    }

    /// The kind of credential that determined the result.
    fn kind(&self) -> Option<Scheme> {
        match &self.result {
            Ok(identity) => identity.as_ref().map(Identity::scheme),
            Err(refused) => refused.attempted,
        }
    }

    /// Whether this `Auth` found the result, and the credentials of the request are unchanged.
    fn is_of(&self, parts: &Parts, auth: &Auth) -> bool {
        self.auth.is(auth)
            && self
                .fingerprint
                .as_ref()
                .is_some_and(|fingerprint| auth.still_holds(fingerprint, parts, target))
    }

    /// Whether the result is the same for a rule that accepts only these kinds. It is, if the kind that determined the
    /// result is one of them: the first kind among more kinds is also the first among fewer.
    fn is_enough_for(&self, kinds: &[Scheme]) -> bool {
        let accepted = schemes(self.rule);
        accepted == kinds
            || (accepted.is_empty() || kinds.iter().all(|kind| accepted.contains(kind)))
                && !kinds.is_empty()
                && self.kind().is_some_and(|kind| kinds.contains(&kind))
    }
}

pub(super) fn schemes(rule: Option<&Rule>) -> &'static [Scheme] {
    rule.map_or(&[], |rule| rule.schemes)
}
