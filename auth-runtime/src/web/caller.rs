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
use super::response::Refusal;
use crate::auth::Auth;
use crate::identity::Identity;
use crate::policy::{Access, Denial, Rule};

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
    if let Some(Installed(auth)) = parts.extensions.get() {
        return Ok(auth.clone());
    }
    observe::missing_layer(asked_by);
    Err(Refusal::without_auth(parts))
}

/// The caller as far as the credentials that `rule` accepts tell; nobody where it looks at none.
pub(super) fn authenticate(
    parts: &mut Parts,
    auth: &Auth,
    rule: Option<&'static Rule>,
) -> Result<Option<Identity>, Denial> {
    let known = remembered(parts, auth, rule).map(|known| known.result.clone());
    let result = known.unwrap_or_else(|| {
        if is_anonymous(rule) {
            Ok(None)
        } else {
            auth.authenticate(&parts.headers, schemes(rule))
        }
    });
    parts.extensions.insert(Caller {
        auth: auth.clone(),
        rule,
        credential: credential(&parts.headers).cloned(),
        result: result.clone(),
    });
    result
}

/// For an extractor: the caller as the route's guard saw it, or, on a route nobody guarded, as any
/// of the accepted credentials shows it. The rule is the guard's.
pub(super) fn caller(
    parts: &mut Parts,
    asked_by: &str,
) -> Result<(Option<Identity>, Auth, Option<&'static Rule>), Refusal> {
    let auth = auth_of(parts, asked_by)?;
    let rule = passed(parts);
    let known = remembered(parts, &auth, rule).map(|known| known.result.clone());
    let result = known.unwrap_or_else(|| authenticate(parts, &auth, rule));
    match result {
        Ok(identity) => Ok((identity, auth, rule)),
        Err(denial) => {
            observe::denied(rule.map_or(asked_by, |rule| rule.name), &denial, None);
            Err(Refusal::new(denial, rule, &auth, parts))
        }
    }
}

/// The rule of the guard that the request came to last, if any.
pub(super) fn passed(parts: &Parts) -> Option<&'static Rule> {
    parts.extensions.get::<Caller>()?.rule
}

pub(super) fn is_anonymous(rule: Option<&Rule>) -> bool {
    rule.is_some_and(|rule| matches!(rule.access, Access::Anonymous { .. }))
}

/// What is remembered, if it would come out the same now.
fn remembered<'a>(
    parts: &'a Parts,
    auth: &Auth,
    rule: Option<&'static Rule>,
) -> Option<&'a Caller> {
    let known = parts.extensions.get::<Caller>()?;
    let same = known.auth.is(auth)
        && known.credential.as_ref() == credential(&parts.headers)
        && is_anonymous(known.rule) == is_anonymous(rule)
        && schemes(known.rule) == schemes(rule);
    // Of several fields only the first was compared, and to refuse them costs nothing.
    let several = parts.headers.get_all(AUTHORIZATION).iter().nth(1).is_some();
    let were_several = matches!(known.result, Err(Denial::MultipleCredentials));
    (same && !several && !were_several).then_some(known)
}

fn schemes(rule: Option<&Rule>) -> &'static [&'static str] {
    rule.map_or(&[], |rule| rule.schemes)
}

fn credential(headers: &HeaderMap) -> Option<&HeaderValue> {
    headers.get(AUTHORIZATION)
}
