//! Who is calling, found out once per request and remembered in its extensions.
//!
//! What is remembered belongs to the `Auth` that made it and to the credential it was made from:
//! another `Auth` further in, or a gateway that changed or removed the header in between,
//! authenticates anew. Earlier results are remembered, so that one request is never accepted as two
//! callers. If an extractor found no caller or a refused credential, no other credential is accepted.

use std::iter::successors;
use std::sync::Arc;

use axum::extract::OriginalUri;
use axum::http::request::Parts;
use axum::http::{Extensions, Uri};

use super::observe;
use super::peer::peer;
use super::request_auth::{RequestAuth, Requester};
use super::response::{AuthRejection, DenialContext};
use crate::auth::{Auth, RequestContext};
use crate::credential::Fingerprint;
use crate::identity::Identity;
use crate::policy::{CheckAnswers, Denial, Rule, Ruling};
use crate::scheme::Scheme;

/// What is remembered.
#[derive(Clone)]
struct RememberedCaller {
    auth: Auth,
    /// The rule of the guard that the request came to last, if any. Extractors go by it.
    rule: Option<&'static Rule>,
    /// `None` if nothing may be remembered of such a request.
    credentials: Option<Fingerprint>,
    result: Result<Option<Identity>, Refused>,
    /// Whether a guard has asked for it, and not only extractors.
    guarded: bool,
    /// Whether an extractor returned this result to the application, which may have acted on it, or a guard
    /// refused a credential.
    returned: bool,
    /// Whether an `Auth` was put into the request since. Then no guard further in goes by it, and it counts
    /// only against a second caller.
    superseded: bool,
    /// The result before this one, from another `Auth` or other credentials.
    earlier: Option<Arc<RememberedCaller>>,
}

/// Why nobody was found, and by which kind of credential.
#[derive(Clone)]
pub(super) struct Refused {
    pub(super) denial: Denial,
    pub(super) attempted: Option<Scheme>,
}

/// The `Auth` that the nearest layer put into the request.
pub(super) fn auth_of(
    parts: &Parts,
    rule: Option<&'static Rule>,
    requester: Requester,
) -> Result<Auth, AuthRejection> {
    if let Some(auth) = auth(parts) {
        return Ok(auth.clone());
    }
    observe::missing_layer(rule.map(|rule| rule.name), requester.extractor());
    Err(AuthRejection::without_auth(parts))
}

/// The same without a word in the log if there is none.
pub(super) fn auth(parts: &Parts) -> Option<&Auth> {
    parts
        .extensions
        .get()
        .map(|installed: &RequestAuth| &installed.auth)
}

/// For a guard: the caller as far as the credentials that `rule` accepts tell.
pub(super) async fn authenticate(
    parts: &mut Parts,
    auth: &Auth,
    rule: &'static Rule,
) -> Result<Option<Identity>, Refused> {
    let known = remembered(parts, auth, Some(rule)).map(|known| known.result.clone());
    let found = match known {
        Some(result) => result,
        None => find(parts, auth, Some(rule), Requester::Guard).await,
    };
    let result = found.and_then(|found| one_caller(parts, auth, found, Requester::Guard));
    remember(parts, auth, Some(rule), &result, Requester::Guard);
    note_caller(parts, auth, &result, Requester::Guard);
    result
}

/// For an extractor: the caller as the route's guard saw it, or, on a route nobody guarded, as any
/// of the accepted credentials shows it. `None` on a public route, where nobody is seen.
pub(super) async fn caller(
    parts: &mut Parts,
    extractor: &'static str,
) -> Result<Option<Identity>, AuthRejection> {
    let auth = auth_of(parts, None, Requester::Extractor(extractor))?;
    let result = seen(parts, &auth, extractor).await;
    result.map_err(|refused| refuse(parts, extractor, refused, None))
}

/// For an extractor that does not refuse: the caller, or the denial as far as it may be disclosed.
pub(super) async fn presented_caller(
    parts: &mut Parts,
    extractor: &'static str,
) -> Result<Result<Option<Identity>, Denial>, AuthRejection> {
    let auth = auth_of(parts, None, Requester::Extractor(extractor))?;
    let result = seen(parts, &auth, extractor).await;
    Ok(result.map_err(|refused| auth.disclose(refused.denial, refused.attempted, parts)))
}

/// For an extractor that can do without a caller. One whom the guard would have refused, and has
/// let through to be reported, is nobody.
pub(super) async fn optional_caller(
    parts: &mut Parts,
    extractor: &'static str,
) -> Result<Option<Identity>, AuthRejection> {
    let auth = auth_of(parts, None, Requester::Extractor(extractor))?;
    match seen(parts, &auth, extractor).await {
        Ok(identity) => Ok(identity),
        Err(_) if rule_of(parts, &auth).is_some() && is_only_reported(parts, &auth) => Ok(None),
        Err(refused) => Err(refuse(parts, extractor, refused, None)),
    }
}

async fn seen(
    parts: &mut Parts,
    auth: &Auth,
    extractor: &'static str,
) -> Result<Option<Identity>, Refused> {
    let rule = rule_of(parts, auth);
    let requester = Requester::Extractor(extractor);
    let known = remembered(parts, auth, rule).map(|known| known.result.clone());
    let result = if let Some(result) = known {
        if let Some(known) = parts.extensions.get_mut::<RememberedCaller>() {
            known.returned = true;
        }
        result
    } else {
        let result = find(parts, auth, rule, requester)
            .await
            .and_then(|found| one_caller(parts, auth, found, requester))
            // The credential was changed since the guard let its caller in.
            .and_then(|found| decide_again(auth, rule, found));
        remember(parts, auth, rule, &result, requester);
        result
    };
    note_caller(parts, auth, &result, requester);
    result
}

/// Whether the credentials of a request are looked at under this rule.
fn looks_at_credentials(rule: Option<&Rule>) -> bool {
    !rule.is_some_and(Rule::is_anonymous)
}

/// The refusal of an extractor, under the rule of the route's guard if there is one.
pub(super) fn refuse(
    parts: &Parts,
    extractor: &'static str,
    refused: Refused,
    identity: Option<&Identity>,
) -> AuthRejection {
    let context = DenialContext {
        rule: rule(parts),
        by: Requester::Extractor(extractor),
        identity,
        missing_claim: None,
    };
    refuse_as(parts, refused, &context)
}

/// The refusal of the extractor of claims, which may name a missing claim.
pub(super) fn refuse_claims(
    parts: &Parts,
    extractor: &'static str,
    refused: Refused,
    identity: &Identity,
    missing_claim: Option<&str>,
) -> AuthRejection {
    let context = DenialContext {
        rule: rule(parts),
        by: Requester::Extractor(extractor),
        identity: Some(identity),
        missing_claim,
    };
    refuse_as(parts, refused, &context)
}

fn refuse_as(parts: &Parts, refused: Refused, context: &DenialContext<'_>) -> AuthRejection {
    match auth(parts) {
        Some(auth) => AuthRejection::new(refused, context, auth, parts),
        None => AuthRejection::without_auth(parts),
    }
}

/// An `Auth` is put into the request: what was found under the rule of a guard is not what guards further
/// in go by.
pub(super) fn supersede(extensions: &mut Extensions) {
    if let Some(known) = extensions.get_mut::<RememberedCaller>()
        && known.rule.is_some()
    {
        // Under the rule of a public route nobody was looked at.
        known.returned &= looks_at_credentials(known.rule);
        known.superseded = true;
    }
}

/// The rule of the guard that the request came to last, if that was one of the nearest `Auth`.
pub(super) fn rule(parts: &Parts) -> Option<&'static Rule> {
    rule_of(parts, auth(parts)?)
}

fn rule_of(parts: &Parts, auth: &Auth) -> Option<&'static Rule> {
    let known = parts.extensions.get::<RememberedCaller>()?;
    known
        .rule
        .filter(|_| known.auth.is(auth) && !known.superseded)
}

async fn find(
    parts: &Parts,
    auth: &Auth,
    rule: Option<&'static Rule>,
    requester: Requester,
) -> Result<Option<Identity>, Refused> {
    if !looks_at_credentials(rule) {
        return Ok(None);
    }
    let sent = RequestContext {
        target: target(parts),
        peer: peer(parts),
    };
    let result = auth.authenticate(parts, sent, schemes(rule)).await;
    result.map_err(|unauthenticated| {
        if let Some(source) = &unauthenticated.source {
            observe::authentication_failed(
                rule.map(|rule| rule.name),
                requester.extractor(),
                unauthenticated.attempted,
                source.as_ref(),
            );
        }
        Refused {
            denial: unauthenticated.denial,
            attempted: unauthenticated.attempted,
        }
    })
}

/// Lets the answer know whom this request was found to be of.
fn note_caller(
    parts: &Parts,
    auth: &Auth,
    result: &Result<Option<Identity>, Refused>,
    requester: Requester,
) {
    if let (Ok(Some(identity)), Some(installed)) = (result, parts.extensions.get::<RequestAuth>()) {
        let exposure = auth.exposure(identity.scheme(), parts);
        installed.note_identity(identity, exposure, requester);
    }
}

/// Refuses a second caller of one `Auth` in one request (row A15): two rules may accept different
/// kinds of credentials, and a credential may be changed on the way. Rights of different callers
/// are never combined, whether guards or middleware found them.
///
/// It also applies if an extractor found no caller or a refused credential: middleware may have let the
/// request through because of that result, so no other credential of the request is accepted.
fn one_caller(
    parts: &Parts,
    auth: &Auth,
    found: Option<Identity>,
    requester: Requester,
) -> Result<Option<Identity>, Refused> {
    let Some(identity) = &found else {
        return Ok(found);
    };
    for caller in callers(parts).filter(|caller| caller.auth.is(auth)) {
        let refused = match &caller.result {
            Ok(Some(before)) if is_same(before, identity) => continue,
            // A guard has acted on its caller, so another guard must not find a different one. An
            // extractor may find one if a gateway has replaced the credential in between.
            Ok(Some(_)) if caller.guarded && requester == Requester::Guard => None,
            _ if !caller.is_still_presented(parts)
                && !caller.saw_credential_of(identity, parts) =>
            {
                continue;
            }
            Ok(Some(_)) => None,
            _ if !caller.returned => continue,
            Ok(None) => Some(Refused {
                denial: Denial::MissingCredentials,
                attempted: None,
            }),
            Err(refused) => Some(refused.clone()),
        };
        return Err(refused.unwrap_or(Refused {
            denial: Denial::Forbidden,
            attempted: Some(identity.scheme()),
        }));
    }
    Ok(found)
}

fn is_same(one: &Identity, other: &Identity) -> bool {
    one.scheme() == other.scheme() && one.id() == other.id()
}

/// What was found in this request so far, the latest first.
fn callers(parts: &Parts) -> impl Iterator<Item = &RememberedCaller> {
    successors(parts.extensions.get(), |caller: &&RememberedCaller| {
        caller.earlier.as_deref()
    })
}

/// The target as it was sent.
pub(super) fn target(parts: &Parts) -> &Uri {
    match parts.extensions.get() {
        Some(OriginalUri(sent)) => sent,
        None => &parts.uri,
    }
}

/// Whether what a guard of `auth` denies this request is only reported.
pub(super) fn is_only_reported(parts: &Parts, auth: &Auth) -> bool {
    auth.is_report_only() && auth.only_reports(parts, peer(parts))
}

/// Whether the rule of the route lets this caller in. A check can't be asked again from here, so a
/// rule that depends on one denies.
fn decide_again(
    auth: &Auth,
    rule: Option<&'static Rule>,
    identity: Option<Identity>,
) -> Result<Option<Identity>, Refused> {
    let (Some(rule), Some(caller)) = (rule, &identity) else {
        return Ok(identity);
    };
    let denial = match auth.decide(rule, caller, &CheckAnswers::default()) {
        Ruling::Allow => return Ok(identity),
        Ruling::Ask(_) => Denial::Forbidden,
        Ruling::Deny(denial) => denial,
    };
    Err(Refused {
        denial,
        attempted: Some(caller.scheme()),
    })
}

fn remember(
    parts: &mut Parts,
    auth: &Auth,
    rule: Option<&'static Rule>,
    result: &Result<Option<Identity>, Refused>,
    requester: Requester,
) {
    let mut caller = RememberedCaller {
        auth: auth.clone(),
        rule,
        credentials: auth.fingerprint(parts, target(parts)),
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

/// What is remembered, if it would come out the same now.
fn remembered<'a>(
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
    fn is_still_presented(&self, parts: &Parts) -> bool {
        let Some(credentials) = &self.credentials else {
            // There were several `Authorization` lines, and any of them may be left.
            return true;
        };
        match self.kind() {
            Some(kind) => self.auth.still_presents(kind, credentials, parts),
            None => self.is_of(parts, &self.auth),
        }
    }

    /// Whether the credential of `identity`, which the request holds now, was there when this result was
    /// found: then it is not one that middleware has put in since.
    fn saw_credential_of(&self, identity: &Identity, parts: &Parts) -> bool {
        let before = self.credentials.as_ref();
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
                .credentials
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

fn schemes(rule: Option<&Rule>) -> &'static [Scheme] {
    rule.map_or(&[], |rule| rule.schemes)
}
