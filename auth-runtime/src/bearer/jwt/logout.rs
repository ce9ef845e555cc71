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
    /// Logout 1.0) on the route that [`Auth::backchannel_logout`](crate::Auth::backchannel_logout)
    /// makes. They are written to the list of
    /// [`AuthBuilder::revocation`](crate::AuthBuilder::revocation), which is needed.
    ///
    /// `client_id` is what their `aud` names: the client whose back-channel logout URI the route is,
    /// and not this API. Call it again for further clients.
    ///
    /// | the logout token has | what is revoked |
    /// |---|---|
    /// | `sid`, with or without `sub` | tokens with this `sid` |
    /// | `sub` only | tokens of this subject that were issued until then, by its `iat` |
    ///
    /// A session can only be ended by its `sid` if the issuer puts that into access tokens as well,
    /// as Keycloak does. For issuers that don't, there is
    /// [`logout_ends_all_sessions`](Self::logout_ends_all_sessions).
    ///
    /// The tokens are signed with the same keys as access tokens: [`algorithms`](Self::algorithms), if
    /// called, has to name theirs too. Their `typ` is `logout+jwt`, as Keycloak (since 25), Auth0 and
    /// `oidc-provider` write it. Whom they are about stands in
    /// [`subject_claim`](Self::subject_claim): one that has neither that nor `sid` is refused.
    ///
    /// Without this, or another call of it, the issuer's logout tokens are refused.
    pub fn backchannel_logout(mut self, client_id: impl Into<String>) -> Self {
        self.logout.audiences.push(client_id.into());
        self
    }

    /// A logout token that names a session ends all the sessions of its subject: every token of the
    /// subject is revoked that was issued until then. For issuers whose access tokens have no `sid`,
    /// such as Auth0 and `oidc-provider` as they come; the logout would do nothing there. Devices that
    /// are still logged in get new tokens with their refresh tokens.
    ///
    /// Without [`backchannel_logout`](Self::backchannel_logout) it does nothing.
    pub fn logout_ends_all_sessions(mut self) -> Self {
        self.logout.ends_all_sessions = true;
        self
    }

    pub(crate) fn takes_logouts(&self) -> bool {
        !self.logout.audiences.is_empty()
    }
}

/// A logout token whose signature and claims are good.
pub(in crate::bearer) struct Logout {
    /// What it ends; at least one.
    pub(in crate::bearer) revoked: Vec<Revoked>,
    pub(in crate::bearer) subject: Option<Box<str>>,
    /// Whether a session is named.
    pub(in crate::bearer) single_session: bool,
    /// What the token is known by once it was used.
    pub(in crate::bearer) id: String,
    /// When it can't be used any more anyway.
    pub(in crate::bearer) expires: SystemTime,
}

/// Why a logout token was refused. Fixed words only, never a piece of the token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LogoutFault {
    /// What can be wrong with any token.
    Token(TokenFault),
    /// `typ` or `events` says that it is something else.
    NotALogoutToken,
    /// It could be taken for an ID token.
    HasNonce,
    /// Whose log-in it ends is not said.
    NamesNobody,
    /// It was used before.
    Replayed,
}

impl LogoutFault {
    /// The `error_description` of the answer.
    pub(crate) fn description(self) -> &'static str {
        match self {
            Self::NotALogoutToken => "The token is not a logout token",
            Self::HasNonce => "The logout token has a nonce",
            Self::NamesNobody => "The logout token names neither a session nor a subject",
            Self::Replayed => "The logout token was used before",
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
    /// Whether the token was used before is for the caller to find out.
    pub(in crate::bearer) fn verify_logout(
        &self,
        jws: &CompactJws<'_>,
        header: &JoseHeader<'_>,
        claims: &Members<'_>,
        now: Timestamp,
    ) -> Result<Logout, VerifyError<'_, LogoutFault>> {
        if !self.takes_logouts() {
            return Err(TokenFault::UntrustedIssuer.into());
        }
        let algorithm = self.algorithm(header)?;
        // The specification only recommends it. Providers write it, and without it any token whose
        // claims a client may choose could be made a logout token (RFC 8725 section 3.11).
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
            // Neither can an access token with the same `jti` be revoked by a logout, nor a logout
            // be taken for a replay because such a token was revoked.
            id: format!("{BACKCHANNEL_LOGOUT_EVENT} {id}"),
            expires: at(expires)?,
        })
    }

    pub(in crate::bearer) fn takes_logouts(&self) -> bool {
        !self.logout.audiences.is_empty()
    }

    /// Section 2.7: the session if one is named, and otherwise all that the subject has.
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
            // The time is from the issuer's own clock: a log-in right after it is accepted.
            .map(|subject| Revoked::subject(self.issuer(), subject, issued_at).exactly());
        let revoked: Vec<_> = session.into_iter().chain(subject).collect();
        if revoked.is_empty() {
            return Err(LogoutFault::NamesNobody);
        }
        Ok(revoked)
    }
}

fn is_logout_token(media_type: &str) -> bool {
    media_type.eq_ignore_ascii_case("logout+jwt")
        || media_type.eq_ignore_ascii_case("application/logout+jwt")
}

/// A date that the platform's clock can't express is none that an issuer means.
fn at(time: Timestamp) -> Result<SystemTime, TokenFault> {
    time.to_system_time().ok_or(TokenFault::Malformed)
}
