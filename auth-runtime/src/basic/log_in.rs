//! A login: verifies the name and the password, and returns the identity.

use std::error::Error;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::time::timeout;
use zeroize::Zeroizing;

use super::any_store::AnyUserStore;
use super::{AuthenticationError, Basic, CredentialRequest};
use crate::basic::parse::BasicCredentials;
use crate::box_error::BoxError;
use crate::identity::Identity;
use crate::permits::{Overloaded, Permit, QueueTicket};
use crate::users::User;
use crate::users::password::{NoVerdict, PasswordVerdict, PasswordVerifier};

/// With the default settings, a full queue is worked off in less than this.
const OVERLOAD_RETRY_AFTER: Duration = Duration::from_secs(1);

impl Basic {
    /// All failed logins take the same steps: look-up, hash, count.
    pub(super) async fn log_in(
        &self,
        presented: CredentialRequest<'_>,
        credentials: BasicCredentials,
    ) -> Result<Identity, AuthenticationError> {
        let BasicCredentials {
            user: name,
            password,
        } = credentials;
        let address = presented.client_address();
        // A store may compare names without regard to case.
        let account = name.to_lowercase();
        self.check_limit(address, &account)?;
        let verifier = self.verifier().map_err(AuthenticationError::failed)?;
        let ticket = verifier.queue().map_err(overloaded)?;
        let limit = self.failure_limit.as_ref();
        let attempt = limit.map(|limit| limit.begin_attempt(address));
        let waited = self.wait(&name, ticket).await;
        if let Some(attempt) = attempt {
            attempt.completed();
        }
        let (found, permit) = waited?;
        // Other logins may have failed in the meantime.
        self.check_limit(address, &account)?;
        let password = Arc::new(password);
        let stored = found.as_ref().map(|user| user.password_hash.clone());
        let now = presented.now();
        let user = found.filter(|user| user.is_active(now));
        let count = self.counter(address, account, user.is_some());
        let verdict = verifier
            .verify(permit, Arc::clone(&password), stored, count)
            .await
            .map_err(no_verdict)?;

        let (outdated, user) = match (verdict, user) {
            (PasswordVerdict::Right { outdated }, Some(user)) => (outdated, user),
            (verdict, _) => {
                if let PasswordVerdict::Unreadable(fault) = verdict
                    && self.unreadable.admit().is_some()
                {
                    tracing::error!(
                        target: "auth_runtime",
                        user = name,
                        error = &fault as &dyn Error,
                        "the stored hash of a user can't be verified: the user can't log in"
                    );
                }
                return Err(AuthenticationError::Credentials);
            }
        };
        let name = user.name.unwrap_or(name);
        let mut identity = presented
            .identity(&self.issuer, name.as_str())
            .scopes(&user.scopes)
            .roles(&user.roles);
        if let Some(expiry) = user.expires_at {
            identity = identity.expires_at(expiry);
        }
        if outdated && self.store.takes_new_hashes() && self.rehashing.admit().is_some() {
            self.rehash(name, user.password_hash, password);
        }
        Ok(identity.build())
    }

    /// Waits for the store, and for a permit to compute a hash.
    async fn wait(
        &self,
        name: &str,
        ticket: QueueTicket,
    ) -> Result<(Option<User>, Permit), AuthenticationError> {
        let found = timeout(self.store_timeout, self.store.find(name)).await;
        let found = found
            .map_err(|_| {
                AuthenticationError::unavailable("the store of users did not answer in time")
            })?
            .map_err(AuthenticationError::unavailable)?;
        Ok((found, ticket.permit().await.map_err(overloaded)?))
    }

    fn check_limit(
        &self,
        address: Option<IpAddr>,
        account: &str,
    ) -> Result<(), AuthenticationError> {
        self.failure_limit
            .as_ref()
            .map_or(Ok(()), |limit| limit.check(address, account.as_bytes()))
            .map_err(|retry_after| AuthenticationError::TooManyAttempts { retry_after })
    }

    /// Counts a failure before the permit is released, so that waiting logins see it, and even if the
    /// client has disconnected. For a user who may not log in, every password is a failure.
    fn counter(
        &self,
        address: Option<IpAddr>,
        account: String,
        may_log_in: bool,
    ) -> impl FnOnce(&PasswordVerdict) + Send + 'static {
        let limit = self.failure_limit.clone();
        move |verdict| {
            let succeeded = may_log_in && matches!(verdict, PasswordVerdict::Right { .. });
            if let (false, Some(limit)) = (succeeded, limit) {
                limit.record_failure(address, account.as_bytes());
            }
        }
    }

    /// Replaces an outdated hash in the background. If it fails, the next login tries again.
    fn rehash(&self, name: String, old_hash: String, password: Arc<Zeroizing<Vec<u8>>>) {
        let (Ok(verifier), Ok(runtime)) = (self.verifier(), Handle::try_current()) else {
            return;
        };
        let (verifier, store) = (Arc::clone(verifier), Arc::clone(&self.store));
        let time = self.store_timeout;
        runtime.spawn(async move {
            let renewed = renew(&verifier, &*store, time, &name, &old_hash, password);
            if let Err(error) = renewed.await {
                tracing::warn!(
                    target: "auth_runtime",
                    user = name,
                    error = %error,
                    "could not replace an outdated password hash"
                );
            }
        });
    }
}

async fn renew(
    verifier: &PasswordVerifier,
    store: &dyn AnyUserStore,
    time: Duration,
    name: &str,
    old_hash: &str,
    password: Arc<Zeroizing<Vec<u8>>>,
) -> Result<(), BoxError> {
    // Skipped while many logins are waiting.
    let Ok(ticket) = verifier.queue() else {
        return Ok(());
    };
    let Ok(permit) = ticket.permit().await else {
        return Ok(());
    };
    let Ok(new_hash) = verifier.hash(permit, password).await else {
        return Ok(());
    };
    timeout(time, store.rehash(name, old_hash, &new_hash?)).await?
}

pub(super) fn overloaded(Overloaded: Overloaded) -> AuthenticationError {
    AuthenticationError::Unavailable {
        retry_after: OVERLOAD_RETRY_AFTER,
        source: "too many logins are waiting for a password to be hashed".into(),
    }
}

pub(super) fn no_verdict(reason: NoVerdict) -> AuthenticationError {
    match reason {
        NoVerdict::OutOfMemory => {
            AuthenticationError::unavailable("could not allocate memory to hash a password")
        }
        NoVerdict::NotRun => AuthenticationError::failed("hashing a password was cancelled"),
    }
}
