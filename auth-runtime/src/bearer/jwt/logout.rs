//! Logout tokens of an issuer (OpenID Connect Back-Channel Logout 1.0).

use std::time::SystemTime;

use super::configuration::Jwt;
use super::logout_rules::{BACKCHANNEL_LOGOUT_EVENT, logout_event};
use super::verifier::JwtVerifier;
use super::verify_error::VerifyError;
use crate::bearer::claims::{check_audience, text};
use crate::bearer::parse::{CompactJws, JoseHeader, Json, Members};
use crate::clock::Timestamp;
use crate::revocation::Revoked;
use crate::token_fault::TokenFault;

impl Jwt {
    /// Accepts logout tokens of this issuer for the client `client_id` (OpenID Connect Back-Channel
    /// Logout 1.0) on the route of [`Auth::backchannel_logout`](crate::Auth::backchannel_logout). The
    /// tokens that they end are written to the list of
    /// [`AuthBuilder::revocation`](crate::AuthBuilder::revocation), which is required.
    ///
    /// `client_id` is the `aud` of the logout tokens: the client that has the route as its back-channel
    /// logout URI, and not this API. Call it again for further clients.
    ///
    /// | the logout token has | revoked tokens |
    /// |---|---|
    /// | `sid`, with or without `sub` | tokens with this `sid` |
    /// | only `sub` | tokens of this subject that were issued up to the `iat` of the logout token |
    ///
    /// Sessions can be ended by `sid` only if access tokens have a `sid` as well, as those of Keycloak.
    /// For other issuers call [`logout_ends_all_sessions`](Self::logout_ends_all_sessions).
    ///
    /// Logout tokens are signed with the same keys as access tokens. If [`algorithms`](Self::algorithms)
    /// is called, it must include their algorithm. Their `typ` must be `logout+jwt`, as Keycloak (since 25),
    /// Auth0 and `oidc-provider` set it. The subject is read from [`subject_claim`](Self::subject_claim). A
    /// logout token with neither a subject nor a `sid` is refused.
    ///
    /// If this is not called, logout tokens of the issuer are refused.
    pub fn backchannel_logout(mut self, client_id: impl Into<String>) -> Self {
        self.logout.audiences.push(client_id.into());
        self
    }

    /// Lets a logout token with a `sid` end all sessions of its subject: all tokens of the subject that were
    /// issued up to its `iat` are revoked. This is for issuers whose access tokens have no `sid`, such as
    /// Auth0 and `oidc-provider` by default, where the logout would otherwise have no effect. Devices that
    /// are still logged in get new tokens with their refresh tokens.
    ///
    /// Without [`backchannel_logout`](Self::backchannel_logout) it has no effect.
    pub fn logout_ends_all_sessions(mut self) -> Self {
        self.logout.ends_all_sessions = true;
        self
    }

    pub(crate) fn takes_logouts(&self) -> bool {
        !self.logout.audiences.is_empty()
    }
}

/// A logout token whose signature and claims are valid.
pub(in crate::bearer) struct Logout {
    /// The session or the subject, or both. Not empty.
    pub(in crate::bearer) revoked: Vec<Revoked>,
    pub(in crate::bearer) subject: Option<Box<str>>,
    /// Whether it names a session.
    pub(in crate::bearer) single_session: bool,
    /// Identifies the logout token in the list of used ones.
    pub(in crate::bearer) id: String,
    /// When the logout token expires, including the leeway.
    pub(in crate::bearer) expires: SystemTime,
}

/// Why a logout token was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LogoutFault {
    /// A fault that any token can have.
    Token(TokenFault),
    /// `typ` or `events` is not that of a logout token.
    NotALogoutToken,
    /// It has a `nonce`, as an ID token.
    HasNonce,
    /// It has neither a session nor a subject.
    NoSessionOrSubject,
}

impl LogoutFault {
    /// The `error_description` of the response. It never contains a part of the token.
    pub(crate) fn description(self) -> &'static str {
        match self {
            Self::NotALogoutToken => "The token is not a logout token",
            Self::HasNonce => "The logout token has a nonce",
            Self::NoSessionOrSubject => "The logout token names neither a session nor a subject",
            Self::Token(fault) => match fault {
                TokenFault::Malformed | TokenFault::TooLong => "The logout token is malformed",
                TokenFault::UnsupportedAlgorithm => {
                    "The logout token uses an unsupported algorithm"
                }
                TokenFault::UntrustedIssuer => "The logout token issuer is not trusted",
                TokenFault::UnknownKey => "The logout token was signed with an unknown key",
                TokenFault::InvalidSignature => "The logout token signature is invalid",
                TokenFault::Expired => "The logout token expired",
                TokenFault::NoExpiry => "The logout token has no expiry",
                TokenFault::NotYetValid => "The logout token is not yet valid",
                TokenFault::WrongAudience => "The logout token audience does not match",
                TokenFault::MissingClaim => "The logout token lacks a required claim",
                _ => "The logout token is invalid",
            },
        }
    }
}

impl From<TokenFault> for LogoutFault {
    fn from(fault: TokenFault) -> Self {
        Self::Token(fault)
    }
}

impl From<LogoutFault> for VerifyError<'_, LogoutFault> {
    fn from(fault: LogoutFault) -> Self {
        Self::Faulty(fault)
    }
}

impl JwtVerifier {
    /// Section 2.6, in the order in which access tokens are verified. The caller has compared `iss`.
    pub(in crate::bearer) fn verify_logout(
        &self,
        jws: &CompactJws<'_>,
        header: &JoseHeader,
        claims: &Members<'_>,
        now: Timestamp,
    ) -> Result<Logout, VerifyError<'_, LogoutFault>> {
        if !self.takes_logouts() {
            return Err(TokenFault::UntrustedIssuer.into());
        }
        let algorithm = self.algorithm(header)?;
        // The specification only recommends `typ`, but providers set it. Without it, a token whose claims
        // a client can choose could be used as a logout token (RFC 8725 section 3.11).
        if !header.media_type.as_deref().is_some_and(is_logout_token) {
            return Err(LogoutFault::NotALogoutToken.into());
        }
        self.check_signature::<LogoutFault>(jws, header.key_id.as_deref(), algorithm)?;

        let lifetime = self.claims.lifetime(claims)?;
        let expires = lifetime.end().ok_or(TokenFault::NoExpiry)?;
        lifetime.check(now)?;
        check_audience(claims.get("aud"), &self.logout.audiences)?;
        let issued_at = lifetime.issued_at().ok_or(TokenFault::MissingClaim)?;
        if !matches!(logout_event(claims), Some(Json::Object(_))) {
            return Err(LogoutFault::NotALogoutToken.into());
        }
        if claims.get("nonce").is_some() {
            return Err(LogoutFault::HasNonce.into());
        }
        let id = text(claims.get("jti"))?.ok_or(TokenFault::MissingClaim)?;
        let subject = self.claims.subject(claims)?;
        let session = text(claims.get("sid"))?;
        Ok(Logout {
            revoked: self.what_ends(session, subject, at(issued_at)?)?,
            subject: subject.map(Into::into),
            single_session: session.is_some(),
            // With a prefix, so that a logout token and an access token with the same `jti` have
            // different entries in the list.
            id: format!("{BACKCHANNEL_LOGOUT_EVENT} {id}"),
            expires: at(expires)?,
        })
    }

    pub(in crate::bearer) fn takes_logouts(&self) -> bool {
        !self.logout.audiences.is_empty()
    }

    /// Section 2.7: the session if the token names one, and otherwise all tokens of the subject.
    fn what_ends(
        &self,
        session: Option<&str>,
        subject: Option<&str>,
        issued_at: SystemTime,
    ) -> Result<Vec<Revoked>, LogoutFault> {
        let ends_all_sessions = session.is_none() || self.logout.ends_all_sessions;
        let session = session.map(|id| Revoked::session(self.issuer(), id));
        let subject = subject
            .filter(|_| ends_all_sessions)
            // Without leeway, because the time is from the issuer's own clock. A login right after the
            // logout is accepted.
            .map(|subject| Revoked::subject(self.issuer(), subject, issued_at).exactly());
        let revoked: Vec<_> = session.into_iter().chain(subject).collect();
        if revoked.is_empty() {
            return Err(LogoutFault::NoSessionOrSubject);
        }
        Ok(revoked)
    }
}

fn is_logout_token(media_type: &str) -> bool {
    media_type.eq_ignore_ascii_case("logout+jwt")
        || media_type.eq_ignore_ascii_case("application/logout+jwt")
}

/// A time that the platform's clock can't represent is malformed.
fn at(time: Timestamp) -> Result<SystemTime, TokenFault> {
    time.to_system_time().ok_or(TokenFault::Malformed)
}
