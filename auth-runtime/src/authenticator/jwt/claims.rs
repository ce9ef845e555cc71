//! The registered claims of an access token (RFC 7519 section 4.1, RFC 9068 section 2.2).

use crate::authenticator::TokenFault;
use crate::clock::Timestamp;
use crate::credential::{Json, Members};

/// `exp`, `nbf` and `iat` against `now`; returns the expiry. Leeway in seconds.
pub(super) fn check_times(
    claims: &Members<'_>,
    now: Timestamp,
    leeway: u64,
) -> Result<Timestamp, TokenFault> {
    let expiry = numeric_date(claims, "exp", f64::floor)?.ok_or(TokenFault::NoExpiry)?;
    let not_before = numeric_date(claims, "nbf", f64::ceil)?;
    let issued_at = numeric_date(claims, "iat", f64::floor)?;
    if expiry.saturating_add(leeway) <= now {
        return Err(TokenFault::Expired);
    }
    let latest = now.saturating_add(leeway);
    if [not_before, issued_at]
        .into_iter()
        .flatten()
        .any(|start| start > latest)
    {
        return Err(TokenFault::NotYetValid);
    }
    Ok(expiry)
}

/// `aud` is a string or an array of strings and names one of `audiences` (RFC 7519 4.1.3).
pub(super) fn check_audience(claims: &Members<'_>, audiences: &[String]) -> Result<(), TokenFault> {
    let accepted = |audience: &str| audiences.iter().any(|accepted| accepted == audience);
    let mut matches = false;
    match claims.get("aud") {
        None => {}
        Some(Json::String(audience)) => matches = accepted(audience),
        Some(Json::Array(audiences)) => {
            for audience in audiences {
                let Json::String(audience) = audience else {
                    return Err(TokenFault::Malformed);
                };
                matches |= accepted(audience);
            }
        }
        Some(_) => return Err(TokenFault::Malformed),
    }
    if matches {
        Ok(())
    } else {
        Err(TokenFault::WrongAudience)
    }
}

/// `cnf` says that possession of a key has to be proven (RFC 7800); nothing here can check that,
/// and a bound token accepted without its proof is a stolen token accepted.
pub(super) fn check_unbound(claims: &Members<'_>) -> Result<(), TokenFault> {
    match claims.get("cnf") {
        None => Ok(()),
        Some(Json::Object(methods)) => Err(if methods.get("jkt").is_some() {
            TokenFault::DpopBound
        } else if methods.get("x5t#S256").is_some() {
            TokenFault::CertificateBound
        } else {
            TokenFault::UnknownBinding
        }),
        Some(_) => Err(TokenFault::Malformed),
    }
}

/// A string claim; an empty one is as good as none.
pub(super) fn text<'a>(claim: Option<&'a Json<'_>>) -> Result<Option<&'a str>, TokenFault> {
    match claim {
        None => Ok(None),
        Some(Json::String(text)) if text.is_empty() => Ok(None),
        Some(Json::String(text)) => Ok(Some(text)),
        Some(_) => Err(TokenFault::Malformed),
    }
}

/// A `NumericDate`: seconds, perhaps with a fraction, which `round` brings to the stricter side.
pub(super) fn numeric_date(
    claims: &Members<'_>,
    name: &str,
    round: fn(f64) -> f64,
) -> Result<Option<Timestamp>, TokenFault> {
    let number = match claims.get(name) {
        None => return Ok(None),
        Some(Json::Number(number)) => number,
        Some(_) => return Err(TokenFault::Malformed),
    };
    if let Some(seconds) = number.as_i64() {
        return Ok(Some(Timestamp::from_seconds(seconds)));
    }
    let seconds = number.as_f64().ok_or(TokenFault::Malformed)?;
    #[allow(
        clippy::cast_possible_truncation,
        reason = "`as` saturates: a date past the range of i64 is the end of that range"
    )]
    Ok(Some(Timestamp::from_seconds(round(seconds) as i64)))
}
