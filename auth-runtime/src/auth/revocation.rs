//! Revoking credentials, by the application and by logout tokens of issuers.

use std::panic::AssertUnwindSafe;

use futures_util::FutureExt;
use futures_util::future::{join_all, join3};

use super::{Auth, contain_panic};
use crate::authenticator::{LogoutError, ReportedLogout};
use crate::box_error::BoxError;
use crate::counters;
use crate::revocation::{RevocationList, Revoked};

impl Auth {
    /// Revokes credentials: requests with them get 401, even if they are cached. It takes effect on this node before
    /// this method returns.
    ///
    /// It can revoke
    ///
    /// * [one credential](Revoked::token) by its identifier, such as the `jti` of a token or the prefix of an API key,
    /// * those of [a subject](Revoked::subject) or [a session](Revoked::session),
    /// * or all of [an issuer](Revoked::issuer).
    ///
    /// | credentials | how they are revoked | on other nodes |
    /// |---|---|---|
    /// | bearer tokens | by the [list](crate::AuthBuilder::revocation) | shortly after, if they share the list |
    /// | [refresh tokens](crate::AuthBuilder::refresh_tokens) | in their store, and by the list; except by [`Revoked::token`] | at once |
    /// | [`ApiKeys`](crate::ApiKeys), if the issuer is [theirs](crate::ApiKeys::issuer) | in their store; except by [`Revoked::session`] | after [`cache_ttl`](crate::ApiKeys::cache_ttl) |
    /// | your own kinds that say when their credentials are [issued](crate::identity::IdentityBuilder::issued_at) | by the list | shortly after |
    /// | your own kinds that implement [`Authenticator::revoke`] | in their store | as the kind does it |
    /// | [`Basic`](crate::Basic) | not at all: lock the user in your store | |
    ///
    /// The list is for credentials that live no longer than it [remembers](crate::revocation::Revocation::retention).
    ///
    /// [`authorize`](Self::authorize) also refuses callers of other kinds if they were authenticated before the
    /// revocation of their subject or issuer. `Basic` accepts the password again in the next request.
    ///
    /// # Errors
    ///
    /// If a store or the list fails: the credentials may or may not be revoked, on this node or on others. A
    /// failure does not keep the call from the other stores. Try again.
    ///
    /// It is also an error if nothing could have been revoked: there is no list, and no kind keeps credentials that can
    /// be revoked in this way.
    ///
    /// [`Authenticator::revoke`]: crate::authenticator::Authenticator::revoke
    pub async fn revoke(&self, revoked: Revoked) -> Result<(), BoxError> {
        let result = self.revoke_everywhere(&revoked).await;
        counters::revocation(result.is_ok());
        result
    }

    async fn revoke_everywhere(&self, revoked: &Revoked) -> Result<(), BoxError> {
        let list = self.0.revocation.as_ref();
        let listing = async {
            match list {
                Some(list) => list.revoke(revoked.clone()).await,
                None => Ok(()),
            }
        };
        let kinds = self.0.kinds.iter().map(|kind| kind.revoke(revoked));
        let logins = self.0.refresh_tokens.iter();
        let logins = logins.map(|tokens| tokens.end(revoked));
        // All of them, also if one fails, and together: a slow list must not delay the others.
        let (listed, kept, ended) = join3(listing, join_all(kinds), join_all(logins)).await;
        ended.into_iter().fold(listed, Result::and)?;
        // Refresh tokens need a list: `build` refuses them without one.
        let mut has_revoked = list.is_some();
        for kept in kept {
            has_revoked |= kept?;
        }
        if has_revoked {
            return Ok(());
        }
        Err(format!(
            "no credential of the issuer {:?} can be revoked in this way: call `.revocation(..)` on `Auth::builder()`",
            revoked.issued_by()
        )
        .into())
    }

    /// Whether logout tokens of any issuer are accepted.
    pub(crate) fn takes_logouts(&self) -> bool {
        self.0.logout_tokens.is_some()
    }

    /// Whether refusals give a reason.
    pub(crate) fn verbose_errors(&self) -> bool {
        self.0.verbose_errors
    }

    /// Verifies a logout token, and revokes the tokens and the refresh tokens of its session or subject. `None` if the
    /// clock or the list panicked.
    pub(crate) async fn log_out(&self, token: &str) -> Option<Result<ReportedLogout, LogoutError>> {
        let logout_tokens = self.0.logout_tokens.as_ref()?;
        let time = contain_panic(|| self.0.clock.now())?;
        let logging_out = async {
            let logout = logout_tokens.verify_logout(token, time).await?;
            let Some(list) = &self.0.revocation else {
                // `build` refuses an issuer that reports logouts without a list.
                let missing = "there is no list of revoked tokens";
                return Err(LogoutError::Unavailable(missing.into()));
            };
            let used = list.has_used(&logout.issuer, &logout.id, time);
            if used.map_err(LogoutError::Unavailable)? {
                return Err(LogoutError::Refused("The logout token was used before"));
            }
            let revoked = self.revoke_after_logout(&logout, list).await;
            revoked.map_err(LogoutError::Unavailable)?;
            Ok(logout)
        };
        AssertUnwindSafe(logging_out).catch_unwind().await.ok()
    }

    async fn revoke_after_logout(
        &self,
        logout: &ReportedLogout,
        list: &RevocationList,
    ) -> Result<(), BoxError> {
        // Before the logout token is recorded as used: if this fails, the issuer can send it again. All of them, also
        // if one fails.
        let revoked = logout.revoked.iter().cloned();
        let results = join_all(revoked.map(|revoked| self.revoke(revoked))).await;
        results.into_iter().collect::<Result<(), _>>()?;
        let used = Revoked::token(&*logout.issuer, &*logout.id, logout.expires);
        if let Err(error) = list.revoke(used).await {
            // The tokens are revoked. That the logout token could be used again does no harm.
            tracing::warn!(
                target: "auth_runtime",
                issuer = logout.issuer,
                %error,
                "a logout token can be used again until it expires"
            );
        }
        Ok(())
    }
}
