//! Who is calling, found out once per request and remembered in its extensions.
//!
//! What is remembered belongs to the `Auth` that made it and to the credential it was made from:
//! another `Auth` further in, or a gateway that changed or removed the header in between,
//! authenticates anew.

use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue};

use super::layer::Installed;
use super::observe;
use super::response::{Asked, Refusal};
use crate::auth::Auth;
use crate::identity::Identity;
use crate::policy::{CheckAnswers, Denial, Rule, Ruling};
use crate::scheme::Scheme;

/// What is remembered.
#[derive(Clone)]
struct Caller {
    auth: Auth,
    /// The rule of the guard that the request came to last, if any. Extractors go by it.
    rule: Option<&'static Rule>,
    credential: Option<HeaderValue>,
    result: Result<Option<Identity>, Denial>,
}

/// The `Auth` that the nearest layer put into the request.
pub(super) fn auth_of(parts: &Parts, asked_by: &str) -> Result<Auth, Refusal> {
    if let Some(auth) = installed(parts) {
        return Ok(auth.clone());
    }
    observe::missing_layer(asked_by);
    Err(Refusal::without_auth(parts))
}

fn installed(parts: &Parts) -> Option<&Auth> {
    parts.extensions.get().map(|Installed(auth)| auth)
}

/// For a guard: the caller as far as the credentials that `rule` accepts tell.
pub(super) fn authenticate(
    parts: &mut Parts,
    auth: &Auth,
    rule: &'static Rule,
) -> Result<Option<Identity>, Denial> {
    let known = remembered(parts, auth, Some(rule)).map(|known| known.result.clone());
    let result = known.unwrap_or_else(|| find(parts, auth, Some(rule)));
    remember(parts, auth, Some(rule), &result);
    result
}

/// For an extractor: the caller as the route's guard saw it, or, on a route nobody guarded, as any
/// of the accepted credentials shows it. `None` on a public route, where nobody is seen.
pub(super) fn caller(
    parts: &mut Parts,
    extractor: &'static str,
) -> Result<Option<Identity>, Refusal> {
    let auth = auth_of(parts, extractor)?;
    let rule = rule_of(parts, &auth);
    let known = remembered(parts, &auth, rule).map(|known| known.result.clone());
    let result = known.unwrap_or_else(|| {
        let mut result = find(parts, &auth, rule);
        if let (Some(rule), Ok(Some(identity))) = (rule, &result) {
            // Not whom the guard let in: the credential was changed since.
            if let Err(denial) = decide_again(&auth, rule, identity) {
                result = Err(denial);
            }
        }
        remember(parts, &auth, rule, &result);
        result
    });
    result.map_err(|denial| refuse(parts, extractor, denial, None))
}

/// The refusal of an extractor, under the rule of the route's guard if there is one.
pub(super) fn refuse(
    parts: &Parts,
    extractor: &'static str,
    denial: Denial,
    identity: Option<&Identity>,
) -> Refusal {
    let Some(auth) = installed(parts) else {
        return Refusal::without_auth(parts);
    };
    let asked = Asked {
        rule: rule_of(parts, auth),
        by: extractor,
        identity,
    };
    Refusal::new(denial, &asked, auth, parts)
}

/// The rule of the guard that the request came to last, if that was one of the nearest `Auth`.
pub(super) fn rule(parts: &Parts) -> Option<&'static Rule> {
    rule_of(parts, installed(parts)?)
}

fn rule_of(parts: &Parts, auth: &Auth) -> Option<&'static Rule> {
    let known = parts.extensions.get::<Caller>()?;
    known.rule.filter(|_| known.auth.is(auth))
}

fn find(
    parts: &Parts,
    auth: &Auth,
    rule: Option<&'static Rule>,
) -> Result<Option<Identity>, Denial> {
    match rule {
        Some(rule) if rule.is_anonymous() => Ok(None),
        _ => auth.authenticate(&parts.headers, schemes(rule)),
    }
}

/// A check can't be asked again from here, so a rule that depends on one denies.
fn decide_again(auth: &Auth, rule: &'static Rule, identity: &Identity) -> Result<(), Denial> {
    match auth.decide(rule, identity, &CheckAnswers::default()) {
        Ruling::Allow => Ok(()),
        Ruling::Ask(_) => Err(Denial::Forbidden),
        Ruling::Deny(denial) => Err(denial),
    }
}

fn remember(
    parts: &mut Parts,
    auth: &Auth,
    rule: Option<&'static Rule>,
    result: &Result<Option<Identity>, Denial>,
) {
    parts.extensions.insert(Caller {
        auth: auth.clone(),
        rule,
        credential: credential(&parts.headers).cloned(),
        result: result.clone(),
    });
}

/// What is remembered, if it would come out the same now.
fn remembered<'a>(
    parts: &'a Parts,
    auth: &Auth,
    rule: Option<&'static Rule>,
) -> Option<&'a Caller> {
    let known = parts.extensions.get::<Caller>()?;
    let is_anonymous = |rule: Option<&Rule>| rule.is_some_and(Rule::is_anonymous);
    let same = known.auth.is(auth)
        && known.credential.as_ref() == credential(&parts.headers)
        && is_anonymous(known.rule) == is_anonymous(rule)
        && schemes(known.rule) == schemes(rule);
    // Of several fields only the first was compared, and to refuse them costs nothing.
    let several = parts.headers.get_all(AUTHORIZATION).iter().nth(1).is_some();
    let were_several = matches!(known.result, Err(Denial::MultipleCredentials));
    (same && !several && !were_several).then_some(known)
}

fn schemes(rule: Option<&Rule>) -> &'static [Scheme] {
    rule.map_or(&[], |rule| rule.schemes)
}

fn credential(headers: &HeaderMap) -> Option<&HeaderValue> {
    headers.get(AUTHORIZATION)
}
