//! Who is calling, found out once per request and remembered in its extensions.
//!
//! If an extractor found no caller or a refused credential, no other credential is accepted.

use axum::http::request::Parts;

use super::denial_context::{DenialContext, Requester};
use super::observe;
use super::peer::peer;
use super::remembered_caller::{
    callers, is_same, looks_at_credentials, mark_returned, remember, remembered, rule_of, schemes,
};
use super::request_auth::RequestAuth;
use super::response::AuthRejection;
use super::target::target;
use crate::auth::{Auth, RequestContext};
use crate::identity::Identity;
use crate::policy::{AttributedDenial, CheckAnswers, Denial, Rule, Ruling};

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
) -> Result<Option<Identity>, AttributedDenial> {
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
    result.map_err(|denied| refuse(parts, extractor, denied, None))
}

/// For an extractor that does not refuse: the caller, or the denial as far as it may be disclosed.
pub(super) async fn presented_caller(
    parts: &mut Parts,
    extractor: &'static str,
) -> Result<Result<Option<Identity>, Denial>, AuthRejection> {
    let auth = auth_of(parts, None, Requester::Extractor(extractor))?;
    let result = seen(parts, &auth, extractor).await;
    Ok(result.map_err(|denied| auth.disclose(denied, parts)))
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
        Err(denied) => Err(refuse(parts, extractor, denied, None)),
    }
}

async fn seen(
    parts: &mut Parts,
    auth: &Auth,
    extractor: &'static str,
) -> Result<Option<Identity>, AttributedDenial> {
    let rule = rule_of(parts, auth);
    let requester = Requester::Extractor(extractor);
    let known = remembered(parts, auth, rule).map(|known| known.result.clone());
    let result = if let Some(result) = known {
        mark_returned(parts);
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

/// The refusal of an extractor, under the rule of the route's guard if there is one.
pub(super) fn refuse(
    parts: &Parts,
    extractor: &'static str,
    denied: AttributedDenial,
    identity: Option<&Identity>,
) -> AuthRejection {
    let context = DenialContext {
        rule: rule(parts),
        by: Requester::Extractor(extractor),
        identity,
        missing_claim: None,
    };
    refuse_as(parts, denied, &context)
}

/// The refusal of the extractor of claims, which may name a missing claim.
pub(super) fn refuse_claims(
    parts: &Parts,
    extractor: &'static str,
    denied: AttributedDenial,
    identity: &Identity,
    missing_claim: Option<&str>,
) -> AuthRejection {
    let context = DenialContext {
        rule: rule(parts),
        by: Requester::Extractor(extractor),
        identity: Some(identity),
        missing_claim,
    };
    refuse_as(parts, denied, &context)
}

fn refuse_as(
    parts: &Parts,
    denied: AttributedDenial,
    context: &DenialContext<'_>,
) -> AuthRejection {
    match auth(parts) {
        Some(auth) => AuthRejection::new(denied, context, auth, parts),
        None => AuthRejection::without_auth(parts),
    }
}

/// The rule of the guard that the request came to last, if that was one of the nearest `Auth`.
pub(super) fn rule(parts: &Parts) -> Option<&'static Rule> {
    rule_of(parts, auth(parts)?)
}

async fn find(
    parts: &Parts,
    auth: &Auth,
    rule: Option<&'static Rule>,
    requester: Requester,
) -> Result<Option<Identity>, AttributedDenial> {
    if !looks_at_credentials(rule) {
        return Ok(None);
    }
    let sent = RequestContext {
        target: target(parts),
        peer: peer(parts),
    };
    let result = auth.authenticate(parts, sent, schemes(rule)).await;
    result.map_err(|failure| {
        if let Some(source) = &failure.source {
            observe::authentication_failed(
                rule.map(|rule| rule.name),
                requester.extractor(),
                failure.denied.attempted,
                source.as_ref(),
            );
        }
        failure.denied
    })
}

/// Lets the answer know whom this request was found to be of.
fn note_caller(
    parts: &Parts,
    auth: &Auth,
    result: &Result<Option<Identity>, AttributedDenial>,
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
) -> Result<Option<Identity>, AttributedDenial> {
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
            Ok(None) => Some(AttributedDenial::new(Denial::MissingCredentials, None)),
            Err(refused) => Some(refused.clone()),
        };
        return Err(
            refused.unwrap_or_else(|| AttributedDenial::new(Denial::Forbidden, identity.scheme()))
        );
    }
    Ok(found)
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
) -> Result<Option<Identity>, AttributedDenial> {
    let (Some(rule), Some(caller)) = (rule, &identity) else {
        return Ok(identity);
    };
    let denial = match auth.decide(rule, caller, &CheckAnswers::default()) {
        Ruling::Allow => return Ok(identity),
        Ruling::Ask(_) => Denial::Forbidden,
        Ruling::Deny(denial) => denial,
    };
    Err(AttributedDenial::new(denial, caller.scheme()))
}
