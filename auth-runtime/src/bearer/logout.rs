//! Logouts that an issuer tells of: from the logout token to the list of revoked tokens.

use std::error::Error;
use std::time::{Duration, SystemTime};

use super::Bearer;
use crate::bearer::jwt::{JwtVerifier, Logout, LogoutFault, NotLoggedOut};
use crate::bearer::parse::CompactJws;
use crate::clock::Timestamp;
use crate::counters;
use crate::revocation::{RevocationList, RevocationQuery, Revoked};
use crate::store_error::StoreError;
use crate::token_fault::TokenFault;

/// Who was logged out.
#[derive(Debug)]
pub(crate) struct LoggedOut {
    pub(crate) issuer: String,
    /// As the issuer calls it, if it does.
    pub(crate) subject: Option<Box<str>>,
    /// One session, and not all of the subject's.
    pub(crate) of_session: bool,
}

/// Why nobody was.
#[derive(Debug)]
pub(crate) enum LogoutError {
    Refused(LogoutFault),
    /// The keys of the issuer, or the list of revoked tokens.
    Unavailable(Box<dyn Error + Send + Sync>),
}

impl<F: Into<LogoutFault>> From<F> for LogoutError {
    fn from(fault: F) -> Self {
        Self::Refused(fault.into())
    }
}

fn unavailable(source: impl Into<Box<dyn Error + Send + Sync>>) -> LogoutError {
    LogoutError::Unavailable(source.into())
}

impl Bearer {
    /// Whether any issuer may tell of logouts.
    pub(crate) fn takes_logouts(&self) -> bool {
        self.issuers.iter().any(JwtVerifier::takes_logouts)
    }

    /// From now on these tokens are revoked.
    pub(crate) async fn revoke(&self, revoked: Revoked) -> Result<(), StoreError> {
        let result = match &self.revocation {
            Some(list) => list.revoke(revoked).await,
            None => Err(no_list()),
        };
        counters::revocation(result.is_ok());
        result
    }

    /// Does what a logout token says.
    pub(crate) async fn log_out(
        &self,
        token: &str,
        time: SystemTime,
    ) -> Result<LoggedOut, LogoutError> {
        if token.len() > self.token_limit {
            return Err(TokenFault::TooLong.into());
        }
        let list = self.revocation.as_ref().ok_or_else(no_list);
        let list = list.map_err(unavailable)?;
        let (issuer, logout) = self.verify_logout(token, Timestamp::of(time)).await?;
        if was_used(list, issuer, &logout, time).map_err(unavailable)? {
            return Err(LogoutFault::Replayed.into());
        }
        // Before the token is used up: an issuer that tries again because this failed is not told
        // that it was here before.
        for revoked in logout.revoked {
            self.revoke(revoked).await.map_err(unavailable)?;
        }
        let used = Revoked::token(issuer.issuer(), logout.id, logout.expires);
        if let Err(error) = list.revoke(used).await {
            // The logout is done. That the token could do the same once more is no reason to deny it.
            tracing::warn!(
                target: "auth_runtime",
                issuer = issuer.issuer(),
                %error,
                "a logout token can be used again until it expires"
            );
        }
        Ok(LoggedOut {
            issuer: issuer.issuer().to_owned(),
            subject: logout.subject,
            of_session: logout.of_session,
        })
    }

    async fn verify_logout(
        &self,
        token: &str,
        now: Timestamp,
    ) -> Result<(&JwtVerifier, Logout), LogoutError> {
        let jws = CompactJws::decode(token).map_err(|_| TokenFault::Malformed)?;
        let header = jws.header().map_err(|_| TokenFault::Malformed)?;
        let claims = jws.claims().map_err(|_| TokenFault::Malformed)?;
        let (_, issuer) = self.issuer_of(&claims)?;
        let verify = || issuer.verify_logout(&jws, &header, &claims, now);
        let mut first_seen = None;
        let mut refreshed = Ok(());
        let unverified = match verify() {
            Ok(logout) => return Ok((issuer, logout)),
            Err(NotLoggedOut::NeedsKeys(seen)) => {
                first_seen = Some(seen);
                refreshed = issuer.keys().refresh().await;
                verify()
            }
            Err(NotLoggedOut::NotSignedByNamedKey)
                if issuer.keys().look_for_replaced_key().await =>
            {
                verify()
            }
            Err(unverified) => Err(unverified),
        };
        match unverified {
            Ok(logout) => Ok((issuer, logout)),
            Err(NotLoggedOut::Faulty(fault)) => Err(fault.into()),
            Err(NotLoggedOut::NotSignedByNamedKey) => Err(TokenFault::InvalidSignature.into()),
            Err(NotLoggedOut::NeedsKeys(seen)) => Err(refreshed
                .and_then(|()| issuer.still_unknown(first_seen.unwrap_or(seen)))
                .map_or_else(|none| unavailable(none.source), LogoutError::from)),
        }
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
) -> Result<bool, StoreError> {
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

fn no_list() -> StoreError {
    StoreError::new(
        "there is no list of revoked tokens: give `Auth::builder()` a `.revocation(..)`",
    )
}
