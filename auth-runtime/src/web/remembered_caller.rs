//! The result of authentication, kept in the extensions of the request.
//!
//! It belongs to the `Auth` that found it and to the credential it was found in: another `Auth` further in, or a
//! gateway that changed or removed the header in between, authenticates anew. Earlier results are remembered,
//! so that one request is never accepted as two callers.

use std::iter::successors;
use std::sync::Arc;

use axum::http::Extensions;
use axum::http::request::Parts;

use super::denial_context::Requester;
use super::target::target;
use crate::auth::Auth;
use crate::credential::Fingerprint;
use crate::identity::Identity;
use crate::policy::{AttributedDenial, Rule};
use crate::scheme::Scheme;

/// The result of authenticating a request, and what it was found in.
#[derive(Clone)]
pub(super) struct RememberedCaller {
    pub(super) auth: Auth,
    /// The rule of the guard that the request came to last, if any. Extractors go by it.
    rule: Option<&'static Rule>,
    /// `None` if the request had several `Authorization` lines.
    fingerprint: Option<Fingerprint>,
    pub(super) result: Result<Option<Identity>, AttributedDenial>,
    /// Whether a guard has asked for it, and not only extractors.
    pub(super) guarded: bool,
    /// Whether an extractor returned this result to the application, which may have acted on it, or a guard
    /// refused a credential.
    pub(super) returned: bool,
    /// Whether an `Auth` was put into the request since. Then no guard further in goes by it, and it counts
    /// only against a second caller.
    superseded: bool,
    /// The result before this one, from another `Auth` or from other credentials.
    earlier: Option<Arc<RememberedCaller>>,
}

/// An `Auth` is put into the request: what was found under the rule of a guard is not what guards further
/// in go by.
pub(super) fn supersede(extensions: &mut Extensions) {
    if let Some(known) = extensions.get_mut::<RememberedCaller>()
        && known.rule.is_some()
    {
        // Under the rule of a public route no credential was looked at.
        known.returned &= looks_at_credentials(known.rule);
        known.superseded = true;
    }
}

/// Whether the credentials of a request are looked at under this rule.
pub(super) fn looks_at_credentials(rule: Option<&Rule>) -> bool {
    !rule.is_some_and(Rule::is_anonymous)
}

/// The rule of the guard that the request came to last, if that was one of this `Auth`.
pub(super) fn rule_of(parts: &Parts, auth: &Auth) -> Option<&'static Rule> {
    let known = parts.extensions.get::<RememberedCaller>()?;
    known
        .rule
        .filter(|_| known.auth.is(auth) && !known.superseded)
}

pub(super) fn is_same(one: &Identity, other: &Identity) -> bool {
    one.scheme() == other.scheme() && one.id() == other.id()
}

/// What was found in this request so far, the latest first.
pub(super) fn callers(parts: &Parts) -> impl Iterator<Item = &RememberedCaller> {
    successors(parts.extensions.get(), |caller: &&RememberedCaller| {
        caller.earlier.as_deref()
    })
}

pub(super) fn remember(
    parts: &mut Parts,
    auth: &Auth,
    rule: Option<&'static Rule>,
    result: &Result<Option<Identity>, AttributedDenial>,
    requester: Requester,
) {
    let mut caller = RememberedCaller {
        auth: auth.clone(),
        rule,
        fingerprint: auth.fingerprint(parts, target(parts)),
        result: result.clone(),
        guarded: requester == Requester::Guard,
        returned: requester != Requester::Guard
            || matches!(result, Err(refused) if refused.attempted.is_some()),
        superseded: false,
        earlier: None,
    };
    if let Some(before) = parts.extensions.remove::<RememberedCaller>() {
        if caller.repeats(&before) {
            caller.guarded |= before.guarded;
            caller.returned |= before.returned;
            caller.earlier = before.earlier;
        } else if before.returned || before.identity().is_some() {
            caller.earlier = Some(Arc::new(before));
        } else {
            caller.earlier = before.earlier;
        }
    }
    parts.extensions.insert(caller);
}

/// The application gets what is remembered.
pub(super) fn mark_returned(parts: &mut Parts) {
    if let Some(known) = parts.extensions.get_mut::<RememberedCaller>() {
        known.returned = true;
    }
}

/// What is remembered, if it would come out the same now.
pub(super) fn remembered<'a>(
    parts: &'a Parts,
    auth: &Auth,
    rule: Option<&'static Rule>,
) -> Option<&'a RememberedCaller> {
    let known = parts.extensions.get::<RememberedCaller>()?;
    let same = !known.superseded
        && known.is_of(parts, auth)
        && looks_at_credentials(known.rule) == looks_at_credentials(rule)
        && known.is_enough_for(schemes(rule));
    same.then_some(known)
}

impl RememberedCaller {
    fn identity(&self) -> Option<&Identity> {
        self.result.as_ref().ok()?.as_ref()
    }

    /// Whether this `Auth` found the same caller before.
    fn repeats(&self, before: &Self) -> bool {
        let identities = (self.identity(), before.identity());
        self.auth.is(&before.auth)
            && matches!(identities, (Some(one), Some(other)) if is_same(one, other))
    }

    /// Whether the request still holds the credential that this result is about. Changes elsewhere in the
    /// request do not matter. If there was no credential, any change to the sources counts.
    pub(super) fn is_still_presented(&self, parts: &Parts) -> bool {
        let Some(fingerprint) = &self.fingerprint else {
            // There were several `Authorization` lines, and any of them may be left.
            return true;
        };
        match self.kind() {
            Some(kind) => self.auth.still_presents(kind, fingerprint, parts),
            None => self.is_of(parts, &self.auth),
        }
    }

    /// Whether the credential of `identity`, which the request holds now, was there when this result was
    /// found: then it is not one that middleware has put in since.
    pub(super) fn saw_credential_of(&self, identity: &Identity, parts: &Parts) -> bool {
        let before = self.fingerprint.as_ref();
        before.is_some_and(|before| self.auth.presented(identity.scheme(), before, parts))
    }

    /// The kind of credential that decided.
    fn kind(&self) -> Option<Scheme> {
        match &self.result {
            Ok(identity) => identity.as_ref().map(Identity::scheme),
            Err(refused) => refused.attempted,
        }
    }

    /// Whether it was found by this `Auth` in what the request still holds.
    fn is_of(&self, parts: &Parts, auth: &Auth) -> bool {
        self.auth.is(auth)
            && self
                .fingerprint
                .as_ref()
                .is_some_and(|fingerprint| auth.still_holds(fingerprint, parts, target(parts)))
    }

    /// Whether a rule that accepts these kinds would see the same: the first kind that was present
    /// among more is the first among less, if it is still there.
    fn is_enough_for(&self, kinds: &[Scheme]) -> bool {
        let asked = schemes(self.rule);
        asked == kinds
            || (asked.is_empty() || kinds.iter().all(|kind| asked.contains(kind)))
                && !kinds.is_empty()
                && self.kind().is_some_and(|kind| kinds.contains(&kind))
    }
}

pub(super) fn schemes(rule: Option<&Rule>) -> &'static [Scheme] {
    rule.map_or(&[], |rule| rule.schemes)
}
