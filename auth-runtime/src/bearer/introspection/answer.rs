//! Evaluates the response of the authorization server (RFC 7662 section 2.2).

use std::sync::Arc;
use std::time::Duration;

use http::header::{RETRY_AFTER, WWW_AUTHENTICATE};
use http::{Response, StatusCode};

use crate::authenticator::AuthenticationError;
use crate::bearer::claims::{ClaimReader, text};
use crate::bearer::parse::{Json, Members};
use crate::bearer::verified::RevocableIds;
use crate::clock::Timestamp;
use crate::fetch::json_text;
use crate::identity::{Identity, IdentityData};
use crate::token_fault::TokenFault;

use super::super::claims::Lifetime;

/// Why a response does not tell whether the token is active. Rows are those of the conformance table.
#[derive(Clone, Debug)]
pub(in crate::bearer) enum Failure {
    /// Row I4: a later request may succeed.
    Outage {
        /// When the server accepts requests again.
        retry_after: Option<Duration>,
        reason: Arc<str>,
    },
    /// Row I4 as well, but a retry would have the same result for this token: the server refuses to
    /// introspect it, or its response is too long.
    NoVerdict { reason: Arc<str> },
    /// Row I5: the server does not accept this API as its client.
    ClientRejected { reason: Arc<str> },
}

/// The result of a response, if the token is not active.
#[derive(Debug)]
pub(super) enum NotActive {
    Inactive(TokenFault),
    Failed(Failure),
}

/// A token that is active and meant for this API.
pub(super) struct ActiveToken {
    pub(super) identity: Identity,
    pub(super) lifetime: Lifetime,
}

impl Failure {
    pub(super) fn outage(reason: impl Into<Arc<str>>) -> Self {
        Self::Outage {
            retry_after: None,
            reason: reason.into(),
        }
    }

    pub(super) fn reason(&self) -> &str {
        match self {
            Self::Outage { reason, .. }
            | Self::NoVerdict { reason }
            | Self::ClientRejected { reason } => reason,
        }
    }
}

impl From<Failure> for AuthenticationError {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::NoVerdict { reason }
            | Failure::Outage {
                retry_after: None,
                reason,
            } => Self::unavailable(&*reason),
            Failure::Outage {
                retry_after: Some(retry_after),
                reason,
            } => Self::Unavailable {
                retry_after,
                source: (&*reason).into(),
            },
            Failure::ClientRejected { reason } => Self::failed(&*reason),
        }
    }
}

impl From<TokenFault> for NotActive {
    fn from(fault: TokenFault) -> Self {
        Self::Inactive(fault)
    }
}

impl From<Failure> for NotActive {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

/// The rules for active tokens.
pub(super) struct Expectations {
    pub(super) issuer: Arc<str>,
    pub(super) any_audience: bool,
    pub(super) claims: ClaimReader,
}

impl Expectations {
    pub(super) fn evaluate(
        &self,
        response: &Response<Vec<u8>>,
        now: Timestamp,
    ) -> Result<ActiveToken, NotActive> {
        check_status(response, now)?;
        let text = json_text(response.headers(), response.body()).map_err(Failure::outage)?;
        let (data, lifetime) = self.read(text.as_bytes(), now)?;
        Ok(ActiveToken {
            identity: Identity::new(data, text.as_bytes().to_vec()),
            lifetime,
        })
    }

    fn read(&self, body: &[u8], now: Timestamp) -> Result<(IdentityData, Lifetime), NotActive> {
        let claims = Members::parse(body)
            .ok_or_else(|| Failure::outage("it did not answer with a JSON object"))?;
        match claims.get("active") {
            Some(Json::Bool(true)) => {}
            Some(Json::Bool(false)) => return Err(TokenFault::Inactive.into()),
            _ => {
                return Err(Failure::outage("it did not say whether the token is `active`").into());
            }
        }
        Ok(self.check(&claims, now)?)
    }

    /// Checks the issuer, the kind of token, times, audience and claims, in the same order as for a JWT.
    fn check(
        &self,
        claims: &Members<'_>,
        now: Timestamp,
    ) -> Result<(IdentityData, Lifetime), TokenFault> {
        match claims.get("iss") {
            None | Some(Json::Null) => {}
            Some(Json::String(issuer)) if *issuer == *self.issuer => {}
            Some(Json::String(_)) => return Err(TokenFault::UntrustedIssuer),
            Some(_) => return Err(TokenFault::Malformed),
        }
        let kind = TokenKind::read(claims)?;
        // Some servers introspect refresh tokens as well, without a kind and without an audience.
        if self.any_audience && kind == TokenKind::Unknown {
            return Err(TokenFault::NotAnAccessToken);
        }
        let lifetime = self.claims.lifetime(claims)?;
        lifetime.check(now)?;
        if !self.any_audience {
            self.claims.check_audience(claims)?;
        }
        let mut data = self.claims.read(&self.issuer, claims, &lifetime)?;
        if kind == TokenKind::Dpop {
            return Err(TokenFault::DpopBound);
        }
        data.revocable = RevocableIds::read(claims)?.to_revocable(lifetime.issued_at(), true);
        Ok((data, lifetime))
    }
}

/// The kind of token in the response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum TokenKind {
    Unknown,
    Bearer,
    Dpop,
}

/// The members in which servers state the kind of a token, and their values for bearer tokens.
const BEARER: &[(&str, &[&str])] = &[
    // RFC 7662; `access_token` is the value of Hydra before it had `token_use`.
    (
        "token_type",
        &[
            "Bearer",
            "access_token",
            "urn:ietf:params:oauth:token-type:access_token",
        ],
    ),
    // Hydra (`refresh_token`), Cognito (`id`).
    ("token_use", &["access_token", "access"]),
    // Keycloak (`Refresh`, `Offline`, `ID`, `Logout`).
    ("typ", &["Bearer", "at+jwt", "application/at+jwt"]),
];

impl TokenKind {
    /// # Errors
    ///
    /// If it is another kind of token, such as a refresh token or an ID token.
    fn read(claims: &Members<'_>) -> Result<Self, TokenFault> {
        let mut kind = Self::Unknown;
        for (member, names) in BEARER {
            let Some(value) = text(claims.get(member))? else {
                continue;
            };
            if value.eq_ignore_ascii_case("DPoP") {
                kind = Self::Dpop;
            } else if !names.iter().any(|name| value.eq_ignore_ascii_case(name)) {
                return Err(TokenFault::NotAnAccessToken);
            } else if kind == Self::Unknown {
                kind = Self::Bearer;
            }
        }
        Ok(kind)
    }
}

/// Row I5 of the conformance table. A response is an error of this API only if it can't be about the
/// token: clients choose the token, and a firewall may refuse its text.
///
/// This API never authenticates with a bearer token, so `invalid_token` is about the token in the form,
/// not about this API (RFC 7662 section 2.3).
fn check_status(response: &Response<Vec<u8>>, now: Timestamp) -> Result<(), NotActive> {
    let status = response.status();
    match status {
        StatusCode::OK => Ok(()),
        StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE => Err(Failure::Outage {
            retry_after: retry_after(response, now),
            reason: format!("it answered {status}").into(),
        }
        .into()),
        // The server has not read the request.
        StatusCode::REQUEST_TIMEOUT => Err(Failure::outage(format!("it answered {status}")).into()),
        _ if status.is_client_error() => Err(refusal(response)),
        _ => Err(Failure::outage(format!("it answered {status}")).into()),
    }
}

/// The meaning of a 4xx for the token.
fn refusal(response: &Response<Vec<u8>>) -> NotActive {
    let status = response.status();
    let text = json_text(response.headers(), response.body());
    let members = text.ok().and_then(|text| Members::parse(text.as_bytes()));
    let error = match members.as_ref().and_then(|members| members.get("error")) {
        Some(Json::String(error)) => Some(error),
        _ => None,
    };
    let known = ERROR_CODES
        .into_iter()
        .find(|code| error.is_some_and(|error| error == code));
    let reason: Arc<str> = match known {
        Some(code) => format!("it answered {status}: {code}").into(),
        None => format!("it answered {status}").into(),
    };
    match known {
        // Some servers send this for a JWT, because they do not introspect JWTs.
        Some("unsupported_token_type") => TokenFault::UntrustedIssuer.into(),
        // Some servers send this instead of `active: false`.
        Some("invalid_token" | "invalid_grant") => TokenFault::Inactive.into(),
        Some("invalid_client" | "unauthorized_client") => Failure::ClientRejected { reason }.into(),
        None if error.is_none()
            && status == StatusCode::UNAUTHORIZED
            && !has_bearer_challenge(response) =>
        {
            Failure::ClientRejected { reason }.into()
        }
        _ => Failure::NoVerdict { reason }.into(),
    }
}

/// Whether there is a `Bearer` challenge (RFC 9110 section 11.6.1). A parameter may be mistaken for a
/// challenge. The response then counts as an outage, not as an error of this API.
fn has_bearer_challenge(response: &Response<Vec<u8>>) -> bool {
    let lines = response.headers().get_all(WWW_AUTHENTICATE).iter();
    let challenges = lines.flat_map(|line| line.as_bytes().split(|byte| *byte == b','));
    challenges
        .filter_map(|challenge| challenge.trim_ascii().split(|byte| *byte == b' ').next())
        .any(|scheme| scheme.eq_ignore_ascii_case(b"Bearer"))
}

/// The error codes that are distinguished or logged. Other text from the server is not logged (RFC 6749
/// section 5.2, RFC 6750 section 3.1, RFC 7009 section 2.2.1).
const ERROR_CODES: [&str; 9] = [
    "access_denied",
    "insufficient_scope",
    "invalid_client",
    "invalid_grant",
    "invalid_request",
    "invalid_token",
    "unauthorized_client",
    "unsupported_grant_type",
    "unsupported_token_type",
];

/// The maximum `Retry-After` that is passed on. A longer one would make this API unavailable for too long.
const MAX_RETRY_AFTER: Duration = Duration::from_secs(60);

/// `Retry-After` in seconds or as a date (RFC 9110 section 10.2.3).
fn retry_after(response: &Response<Vec<u8>>, now: Timestamp) -> Option<Duration> {
    let value = response.headers().get(RETRY_AFTER)?.to_str().ok()?.trim();
    let time = if let Ok(seconds) = value.parse() {
        Duration::from_secs(seconds)
    } else {
        let date = httpdate::parse_http_date(value).ok()?;
        date.duration_since(now.to_system_time()?)
            .unwrap_or_default()
    };
    Some(time.clamp(Duration::from_secs(1), MAX_RETRY_AFTER))
}
