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

/// The rule of the guard that the request has passed.
#[derive(Clone, Copy)]
pub(super) struct Passed(pub(super) &'static Rule);

#[derive(Clone)]
struct Authenticated {
    auth: Auth,
    credential: Option<HeaderValue>,
    schemes: &'static [&'static str],
    result: Result<Option<Identity>, Denial>,
}

/// The `Auth` that the nearest layer put into the request.
pub(super) fn auth_of(parts: &Parts, asked_by: &str) -> Result<Auth, Refusal> {
    match parts.extensions.get::<Installed>() {
        Some(Installed(auth)) => Ok(auth.clone()),
        None => {
            observe::missing_layer(asked_by);
            Err(Refusal::without_auth(parts))
        }
    }
}

/// The caller of the request, as far as credentials of these kinds tell.
pub(super) fn authenticate(
    parts: &mut Parts,
    auth: &Auth,
    schemes: &'static [&'static str],
) -> Result<Option<Identity>, Denial> {
    if let Some(known) = remembered(parts, auth)
        && known.schemes == schemes
    {
        return known.result.clone();
    }
    let result = auth.authenticate(&parts.headers, schemes);
    parts.extensions.insert(Authenticated {
        auth: auth.clone(),
        credential: credential(&parts.headers).cloned(),
        schemes,
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
    if rule.is_some_and(|rule| matches!(rule.access, Access::Anonymous { .. })) {
        return Ok((None, auth, rule));
    }
    let schemes = rule.map_or(&[][..], |rule| rule.schemes);
    match authenticate(parts, &auth, schemes) {
        Ok(identity) => Ok((identity, auth, rule)),
        Err(denial) => {
            observe::denied(rule.map_or(asked_by, |rule| rule.name), &denial, None);
            Err(Refusal::new(denial, rule, &auth, parts))
        }
    }
}

/// The rule of the guard that the request has passed, if any.
pub(super) fn passed(parts: &Parts) -> Option<&'static Rule> {
    parts.extensions.get::<Passed>().map(|passed| passed.0)
}

fn remembered<'a>(parts: &'a Parts, auth: &Auth) -> Option<&'a Authenticated> {
    let known = parts.extensions.get::<Authenticated>()?;
    let same_credential = known.credential.as_ref() == credential(&parts.headers);
    // Of several lines only the first would be compared, and their refusal costs nothing.
    let ambiguous = known
        .result
        .as_ref()
        .is_err_and(|denial| *denial == Denial::MultipleCredentials);
    let several = parts.headers.get_all(AUTHORIZATION).iter().nth(1).is_some();
    (known.auth.is(auth) && same_credential && !ambiguous && !several).then_some(known)
}

fn credential(headers: &HeaderMap) -> Option<&HeaderValue> {
    headers.get(AUTHORIZATION)
}
