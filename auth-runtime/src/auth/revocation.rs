//! Tokens that are taken back: by the application, and by issuers.

use std::panic::AssertUnwindSafe;

use futures_util::FutureExt;

use super::{Auth, contain_panic};
use crate::authenticator::{LoggedOut, LogoutError};
use crate::box_error::BoxError;
use crate::counters;
use crate::revocation::Revoked;

impl Auth {
    /// From now on these bearer tokens are answered 401, also those that were seen before: on this
    /// node when it returns, on others that share the list soon after. This revokes
    ///
    /// * [one token](Revoked::token) by its `jti`,
    /// * the tokens of [a subject](Revoked::subject), of [a session](Revoked::session),
    /// * or all tokens of [an issuer](Revoked::issuer).
    ///
    /// # Errors
    ///
    /// It is not sure that every node will hear of it: try again. Or there is no
    /// [`revocation`](crate::AuthBuilder::revocation) list.
    pub async fn revoke(&self, revoked: Revoked) -> Result<(), BoxError> {
        if let Some(list) = &self.0.revocation {
            return list.revoke(revoked).await;
        }
        counters::revocation(false);
        Err("there is no list of revoked tokens: give `Auth::builder()` a `.revocation(..)`".into())
    }

    /// Whether any issuer may report log-outs.
    pub(crate) fn takes_logouts(&self) -> bool {
        self.0.logout_tokens.is_some()
    }

    /// Whether refusals say why.
    pub(crate) fn verbose_errors(&self) -> bool {
        self.0.verbose_errors
    }

    /// Does what a logout token says. `None` if the clock or the list panicked.
    pub(crate) async fn log_out(&self, token: &str) -> Option<Result<LoggedOut, LogoutError>> {
        let logout_tokens = self.0.logout_tokens.as_ref()?;
        let time = contain_panic(|| self.0.clock.now())?;
        let logging_out = AssertUnwindSafe(logout_tokens.log_out(token, time));
        logging_out.catch_unwind().await.ok()
    }
}
