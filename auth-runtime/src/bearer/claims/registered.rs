//! The registered claims of an access token (RFC 7519 section 4.1, RFC 9068 section 2.2).

use crate::bearer::parse::{Json, Members};
use crate::clock::Timestamp;
use crate::token_fault::TokenFault;

/// When a token is valid, including the leeway. It is checked again for every request, because the clock
/// can also be set back.
#[derive(Clone, Copy, Debug)]
pub(in crate::bearer) struct Lifetime {
    expiry: Option<Timestamp>,
    issued_at: Option<Timestamp>,
    /// The later of `nbf` and `iat`.
    start: Option<Timestamp>,
    leeway: u64,
}

impl Lifetime {
    /// `leeway` is in seconds.
    pub(in crate::bearer) fn read(claims: &Members<'_>, leeway: u64) -> Result<Self, TokenFault> {
        let expiry = numeric_date(claims, "exp", f64::floor)?;
        let not_before = numeric_date(claims, "nbf", f64::ceil)?;
        let issued_at = numeric_date(claims, "iat", f64::floor)?;
        Ok(Self {
            expiry,
            issued_at,
            start: not_before.max(issued_at),
            leeway,
        })
    }

    /// Whether the token is valid at `now`.
    pub(in crate::bearer) fn check(&self, now: Timestamp) -> Result<(), TokenFault> {
        if self.end().is_some_and(|end| end <= now) {
            return Err(TokenFault::Expired);
        }
        let latest = now.saturating_add(self.leeway);
        if self.start.is_some_and(|start| start > latest) {
            return Err(TokenFault::NotYetValid);
        }
        Ok(())
    }

    /// `exp`, without the leeway.
    pub(in crate::bearer) fn expiry(&self) -> Option<Timestamp> {
        self.expiry
    }

    /// `exp` including the leeway.
    pub(in crate::bearer) fn end(&self) -> Option<Timestamp> {
        self.expiry.map(|expiry| expiry.saturating_add(self.leeway))
    }

    /// `iat`.
    pub(in crate::bearer) fn issued_at(&self) -> Option<Timestamp> {
        self.issued_at
    }
}

/// Checks that `claim` is a string or an array of strings and contains one of `audiences` (RFC 7519
/// section 4.1.3).
pub(in crate::bearer) fn check_audience(
    claim: Option<&Json<'_>>,
    audiences: &[String],
) -> Result<(), TokenFault> {
    let accepted = |audience: &str| audiences.iter().any(|accepted| accepted == audience);
    let mut matches = false;
    match claim {
        None | Some(Json::Null) => {}
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

/// Refuses tokens with `cnf`, which are bound to a key (RFC 7800). Proofs of possession are not
/// supported, and without the proof a stolen token would be accepted.
pub(super) fn check_unbound(claims: &Members<'_>) -> Result<(), TokenFault> {
    match claims.get("cnf") {
        None | Some(Json::Null) => Ok(()),
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

/// A string claim. An empty string and `null` count as missing.
pub(in crate::bearer) fn text<'a>(
    claim: Option<&'a Json<'_>>,
) -> Result<Option<&'a str>, TokenFault> {
    match claim {
        None | Some(Json::Null) => Ok(None),
        Some(Json::String(text)) if text.is_empty() => Ok(None),
        Some(Json::String(text)) => Ok(Some(text)),
        Some(_) => Err(TokenFault::Malformed),
    }
}

/// A `NumericDate`: seconds, possibly with a fraction, which `round` rounds to the stricter side. `null`
/// counts as missing.
pub(super) fn numeric_date(
    claims: &Members<'_>,
    name: &str,
    round: fn(f64) -> f64,
) -> Result<Option<Timestamp>, TokenFault> {
    let number = match claims.get(name) {
        None | Some(Json::Null) => return Ok(None),
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
