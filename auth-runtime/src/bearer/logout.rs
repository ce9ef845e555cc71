//! Logouts that an issuer reports: verifies the logout token.

use std::time::SystemTime;

use futures_util::future::BoxFuture;

use super::Bearer;
use crate::authenticator::{BackchannelLogout, LogoutError, ReportedLogout};
use crate::bearer::jwt::{JwtVerifier, Logout, LogoutFault, verify_with_new_keys};
use crate::bearer::parse::CompactJws;
use crate::clock::Timestamp;
use crate::keys::KeysUnavailable;
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

impl Bearer {
    /// Whether logout tokens of any issuer are accepted.
    pub(crate) fn takes_logouts(&self) -> bool {
        self.issuers.iter().any(JwtVerifier::takes_logouts)
    }

    async fn logout(&self, token: &str, time: SystemTime) -> Result<ReportedLogout, LogoutError> {
        if token.len() > self.token_limit {
            return Err(TokenFault::TooLong.into());
        }
        let (issuer, logout) = self.verified(token, Timestamp::of(time)).await?;
        Ok(ReportedLogout {
            issuer: issuer.issuer().to_owned(),
            subject: logout.subject,
            single_session: logout.single_session,
            revoked: logout.revoked,
            id: logout.id,
            expires: logout.expires,
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
