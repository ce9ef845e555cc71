//! Logouts that an issuer reports: verifies the logout token.

use std::time::{Duration, SystemTime};

use futures_util::future::BoxFuture;

use super::Bearer;
use crate::authenticator::{BackchannelLogout, LogoutError, ReportedLogout};
use crate::bearer::jwt::{JwtVerifier, Logout, LogoutFault, verify_with_new_keys};
use crate::bearer::parse::CompactJws;
use crate::box_error::BoxError;
use crate::clock::Timestamp;
use crate::keys::KeysUnavailable;
use crate::revocation::{RevocationList, RevocationQuery, Revoked};
use crate::token_fault::TokenFault;

impl From<LogoutFault> for LogoutError {
    fn from(fault: LogoutFault) -> Self {
        Self::Refused(fault.description())
    }
}

impl From<TokenFault> for LogoutError {
    fn from(fault: TokenFault) -> Self {
        LogoutFault::from(fault).into()
    }
}

impl From<KeysUnavailable> for LogoutError {
    fn from(unavailable: KeysUnavailable) -> Self {
        Self::Unavailable(unavailable.source)
    }
}

/// The list of revoked tokens can't be read.
fn unavailable(error: BoxError) -> LogoutError {
    LogoutError::Unavailable(error)
}

impl Bearer {
    /// Whether logout tokens of any issuer are accepted.
    pub(crate) fn takes_logouts(&self) -> bool {
        self.issuers.iter().any(JwtVerifier::takes_logouts)
    }

    async fn logout(&self, token: &str, time: SystemTime) -> Result<ReportedLogout, LogoutError> {
        if token.len() > self.token_limit {
            return Err(TokenFault::TooLong.into());
        }
        let Some(list) = &self.revocation else {
            // `build` refuses an issuer that reports logouts without a list.
            return Err(unavailable(BoxError::from(
                "there is no list of revoked tokens",
            )));
        };
        let (issuer, logout) = self.verified(token, Timestamp::of(time)).await?;
        if was_used(list, issuer, &logout, time).map_err(unavailable)? {
            return Err(LogoutFault::Replayed.into());
        }
        Ok(ReportedLogout {
            issuer: issuer.issuer().to_owned(),
            subject: logout.subject,
            single_session: logout.single_session,
            revoked: logout.revoked,
            used: Revoked::token(issuer.issuer(), logout.id, logout.expires),
        })
    }

    async fn verified(
        &self,
        token: &str,
        now: Timestamp,
    ) -> Result<(&JwtVerifier, Logout), LogoutError> {
        let jws = CompactJws::decode(token).map_err(|_| TokenFault::Malformed)?;
        let header = jws.header().map_err(|_| TokenFault::Malformed)?;
        let claims = jws.claims().map_err(|_| TokenFault::Malformed)?;
        let (_, issuer) = self.issuer_of(&claims)?;
        let verify = || issuer.verify_logout(&jws, &header, &claims, now);
        let logout = match verify() {
            Ok(logout) => logout,
            Err(error) => verify_with_new_keys::<_, _, LogoutError>(error, verify).await?,
        };
        Ok((issuer, logout))
    }
}

impl BackchannelLogout for Bearer {
    fn verify_logout<'a>(
        &'a self,
        token: &'a str,
        time: SystemTime,
    ) -> BoxFuture<'a, Result<ReportedLogout, LogoutError>> {
        Box::pin(self.logout(token, time))
    }
}

/// An issue time this far in the future is later than the end of every rule about a period.
const BEYOND_RULES: Duration = Duration::from_secs(100 * 365 * 24 * 3600);

/// Whether this logout token is on the list by its own identifier. Rules about its subject or its issuer
/// must not match: they cover tokens up to a time, and the issue time used here is later. A rule about one
/// token does not depend on its issue time.
fn was_used(
    list: &RevocationList,
    issuer: &JwtVerifier,
    logout: &Logout,
    now: SystemTime,
) -> Result<bool, BoxError> {
    let ids = RevocationQuery {
        issuer: issuer.issuer(),
        subject: "",
        token_id: Some(&logout.id),
        session_id: None,
        issued_at: Some(now.checked_add(BEYOND_RULES).unwrap_or(now)),
        leeway: Duration::ZERO,
    };
    list.check(&ids, now)
}
