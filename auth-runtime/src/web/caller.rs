//! Authenticates a request once for all guards and extractors, and remembers the result in its extensions.
//!
//! If an extractor has found no caller or an invalid credential, no other credential of the request is accepted.

use axum::http::HeaderValue;
use axum::http::request::Parts;

use super::denial_context::{DenialContext, Requester};
use super::observe;
use super::peer::peer;
use super::remembered_authentication::{is_same_caller, looks_at_credentials, schemes};
use super::request_auth::RequestAuth;
use super::response::AuthRejection;
use super::response_metadata::ResponseMetadata;
use super::target::target;
use crate::auth::{Auth, Authentication, AuthenticationFailure, RequestContext};
use crate::credential::{Authorization, Fingerprint, Repeated};
use crate::identity::Identity;
use crate::policy::{Access, AttributedDenial, CheckAnswers, Denial, Rule, Ruling};

/// The caller, `None` for an anonymous request, or why the request is denied.
pub(super) type CallerResult = Result<Option<Identity>, AttributedDenial>;

/// The `Auth` of the request, which the nearest layer has inserted, and what it found.
pub(super) fn request_auth<'a>(
    parts: &'a Parts,
    rule: Option<&'static Rule>,
    requester: Requester,
) -> Result<&'a RequestAuth, AuthRejection> {
    RequestAuth::of(parts).ok_or_else(|| {
        observe::missing_layer(rule.map(|rule| rule.name), requester.extractor());
        AuthRejection::without_auth(parts)
    })
}

/// The `Auth` of the request. Logs nothing if there is none.
pub(super) fn auth(parts: &Parts) -> Option<&Auth> {
    RequestAuth::of(parts).map(|installed| &installed.auth)
}

/// What `rule` decides before any check has run.
pub(super) enum FirstDecision {
    /// The request is allowed, and this was logged.
    Allow,
    /// The rule denies, or depends on a check.
    Undecided {
        /// `None` for an anonymous caller.
        identity: Option<Identity>,
        ruling: Ruling,
    },
    /// Authentication failed.
    Refuse(AttributedDenial),
}

/// For a guard: authenticates with the credentials that `rule` accepts, and makes the first decision. Both are done
/// here, so that `RequestAuth` is not looked up again.
pub(super) async fn authenticate_and_decide(
    parts: &mut Parts,
    rule: &'static Rule,
) -> Result<FirstDecision, AuthRejection> {
    let requester = Requester::Guard;
    let installed = request_auth(parts, Some(rule), requester)?;
    let line = Authorization::only_line(&parts.headers);
    let found = match installed.remembered_under(Some(rule), parts) {
        Some(known) => known.result.clone(),
        None => match authenticate_credentials(parts, &installed.auth, Some(rule), line) {
            Authentication::Done(result) => result,
            Authentication::Pending(future) => future.await,
        }
        .map_err(|failure| log_failure(failure, Some(rule), requester)),
    };
    let result = found.and_then(|found| reject_second_caller(parts, installed, found, requester));
    record_caller(parts, installed, &result, requester);
    let decision = first_decision(&installed.auth, rule, &result);
    let fingerprint = fingerprint(parts, &installed.auth, line);
    if let Some(installed) = RequestAuth::of_mut(parts) {
        installed.remember(Some(rule), fingerprint, result, requester);
    }
    Ok(decision)
}

fn first_decision(auth: &Auth, rule: &'static Rule, result: &CallerResult) -> FirstDecision {
    let (identity, ruling) = match result {
        Err(refused) => return FirstDecision::Refuse(refused.clone()),
        Ok(Some(identity)) => {
            let ruling = auth.decide(rule, identity, &CheckAnswers::default());
            (Some(identity), ruling)
        }
        Ok(None) if rule.access == Access::Required => {
            (None, Ruling::Deny(Denial::MissingCredentials))
        }
        Ok(None) => (None, Ruling::Allow),
    };
    if let Ruling::Allow = ruling {
        observe::allowed(rule, identity);
        return FirstDecision::Allow;
    }
    FirstDecision::Undecided {
        identity: identity.cloned(),
        ruling,
    }
}

/// For an extractor: the caller that the guard of the route has found. On a route without a guard, authenticates with
/// any accepted credential. `None` for an anonymous request, and always on a route with `#[allow_anonymous]`.
pub(super) async fn caller(
    parts: &mut Parts,
    extractor: &'static str,
) -> Result<Option<Identity>, AuthRejection> {
    let result = caller_for_extractor(parts, extractor).await?;
    result.map_err(|denied| refuse(parts, extractor, denied, None))
}

/// For an extractor that rejects no request: the caller, or the denial as far as it may be disclosed.
pub(super) async fn presented_caller(
    parts: &mut Parts,
    extractor: &'static str,
) -> Result<Result<Option<Identity>, Denial>, AuthRejection> {
    let result = caller_for_extractor(parts, extractor).await?;
    let installed = request_auth(parts, None, Requester::Extractor(extractor))?;
    let auth = &installed.auth;
    Ok(result.map_err(|denied| auth.redacted(&denied, &[], parts).unwrap_or(denied.denial)))
}

/// For an extractor that accepts anonymous requests. If the guard denied the request and this was only reported, the
/// caller is anonymous.
pub(super) async fn optional_caller(
    parts: &mut Parts,
    extractor: &'static str,
) -> Result<Option<Identity>, AuthRejection> {
    match caller_for_extractor(parts, extractor).await? {
        Ok(identity) => Ok(identity),
        Err(_) if is_reported_by_guard(parts) => Ok(None),
        Err(denied) => Err(refuse(parts, extractor, denied, None)),
    }
}

async fn caller_for_extractor(
    parts: &mut Parts,
    extractor: &'static str,
) -> Result<CallerResult, AuthRejection> {
    let requester = Requester::Extractor(extractor);
    if let Some(result) = remembered_for_extractor(parts, requester) {
        return Ok(result);
    }
    // Boxed, because it is rarely needed and would make the future of each handler larger.
    Box::pin(authenticate_for_extractor(parts, requester)).await
}

fn remembered_for_extractor(parts: &mut Parts, requester: Requester) -> Option<CallerResult> {
    let installed = RequestAuth::of(parts)?;
    let known = installed.remembered_under(installed.rule(), parts)?;
    let (result, returned) = (known.result.clone(), known.returned);
    let metadata = installed.metadata.as_ref();
    // Whatever has found this result has usually recorded it.
    if !metadata.is_some_and(ResponseMetadata::is_recorded) {
        record_caller(parts, installed, &result, requester);
    }
    // A result with a caller always counts, whether it was returned or not.
    let has_caller = matches!(result, Ok(Some(_)));
    if !has_caller
        && !returned
        && let Some(installed) = RequestAuth::of_mut(parts)
    {
        installed.mark_returned();
    }
    Some(result)
}

async fn authenticate_for_extractor(
    parts: &mut Parts,
    requester: Requester,
) -> Result<CallerResult, AuthRejection> {
    let installed = request_auth(parts, None, requester)?;
    let rule = installed.rule();
    let line = Authorization::only_line(&parts.headers);
    let found = match authenticate_credentials(parts, &installed.auth, rule, line) {
        Authentication::Done(result) => result,
        Authentication::Pending(future) => future.await,
    };
    let result = found
        .map_err(|failure| log_failure(failure, rule, requester))
        .and_then(|found| reject_second_caller(parts, installed, found, requester))
        // The credential has changed since the guard allowed the request.
        .and_then(|found| decide_without_checks(&installed.auth, rule, found));
    record_caller(parts, installed, &result, requester);
    let fingerprint = fingerprint(parts, &installed.auth, line);
    if let Some(installed) = RequestAuth::of_mut(parts) {
        installed.remember(rule, fingerprint, result.clone(), requester);
    }
    Ok(result)
}

/// The rejection of an extractor, under the rule of the route's guard if there is one.
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

/// The rejection of the `Claims` extractor, which may name a missing claim.
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

/// The rule of the last guard, if it belongs to the nearest `Auth`.
pub(super) fn rule(parts: &Parts) -> Option<&'static Rule> {
    RequestAuth::of(parts)?.rule()
}

fn authenticate_credentials<'a>(
    parts: &'a Parts,
    auth: &'a Auth,
    rule: Option<&'static Rule>,
    authorization: Result<Option<&'a HeaderValue>, Repeated>,
) -> Authentication<'a> {
    if !looks_at_credentials(rule) {
        return Authentication::Done(Ok(None));
    }
    let context = RequestContext {
        authorization,
        target,
        peer: peer(parts),
    };
    auth.authenticate(parts, context, schemes(rule))
}

/// `None` if there are several `Authorization` lines, because refusing them again is cheap.
fn fingerprint(
    parts: &Parts,
    auth: &Auth,
    authorization: Result<Option<&HeaderValue>, Repeated>,
) -> Option<Fingerprint> {
    let line = authorization.ok()?;
    Some(auth.fingerprint(parts, line, target))
}

/// Logs why a credential could not be verified, and returns the denial.
pub(super) fn log_failure(
    failure: AuthenticationFailure,
    rule: Option<&'static Rule>,
    requester: Requester,
) -> AttributedDenial {
    let (denied, source) = failure.into_denial();
    if let Some(source) = source {
        observe::authentication_failed(
            rule.map(|rule| rule.name),
            requester.extractor(),
            denied.attempted,
            source.as_ref(),
        );
    }
    denied
}

/// Records the caller for the response.
fn record_caller(
    parts: &Parts,
    installed: &RequestAuth,
    result: &CallerResult,
    requester: Requester,
) {
    if let Some(metadata) = &installed.metadata
        && let Ok(Some(identity)) = result
    {
        let exposure = installed.auth.exposure(identity.scheme(), parts);
        metadata.record_identity(identity, exposure, requester);
    }
}

/// Denies a request with two callers of one `Auth` (row A15). Two rules can accept different kinds of credentials, and
/// middleware can change a credential. The rights of two callers are never combined, whether guards or extractors have
/// found them.
///
/// If an extractor has found no caller or an invalid credential, no other credential of the request is accepted either:
/// middleware may have passed the request on because of that result.
fn reject_second_caller(
    parts: &Parts,
    installed: &RequestAuth,
    found: Option<Identity>,
    requester: Requester,
) -> CallerResult {
    let Some(identity) = &found else {
        return Ok(found);
    };
    let results = installed.results();
    for caller in results.filter(|caller| caller.auth.is(&installed.auth)) {
        let refused = match &caller.result {
            Ok(Some(before)) if is_same_caller(before, identity) => continue,
            // Another guard must not find another caller. An extractor may, if middleware has replaced the
            // credential.
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

/// Whether the route has a guard whose denials of this request are only reported.
fn is_reported_by_guard(parts: &Parts) -> bool {
    RequestAuth::of(parts).is_some_and(|installed| {
        installed.rule().is_some() && is_only_reported(parts, &installed.auth)
    })
}

/// Whether denials of this request by guards of `auth` are only reported.
pub(super) fn is_only_reported(parts: &Parts, auth: &Auth) -> bool {
    auth.is_report_only() && auth.only_reports(parts, peer(parts))
}

/// Decides without running checks: for another caller of a route, or outside of a request. A rule that depends on a
/// check denies.
pub(super) fn decide_without_checks(
    auth: &Auth,
    rule: Option<&'static Rule>,
    identity: Option<Identity>,
) -> CallerResult {
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
