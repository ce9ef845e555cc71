//! The hash of a new password.

use std::sync::Arc;

use zeroize::Zeroizing;

use super::log_in::{no_verdict, overloaded};
use super::parse::LIMIT;
use super::{AuthenticationError, Basic};
use crate::users::password::NoVerdict;

/// The credentials are encoded with base64, and have a name too.
const MAX_LENGTH: usize = LIMIT / 2;

impl Basic {
    /// Computes the hash to store for a new password, with the [settings](Self::hashing) and in the queue of the logins.
    /// So a form for new passwords can't use more processors and memory than logins do. For a page on which users
    /// register, or change their password; keep a clone of the `Basic` that the [`Auth`](crate::Auth) has.
    ///
    /// # Errors
    ///
    /// | error | reason |
    /// |---|---|
    /// | [`Credentials`](AuthenticationError::Credentials) | no login would accept the password: it has a control character, or more than 4 KiB |
    /// | [`Unavailable`](AuthenticationError::Unavailable) | too many passwords are being hashed |
    /// | [`Failed`](AuthenticationError::Failed) | the settings are not valid, or there is no Tokio runtime |
    ///
    /// ```
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
    /// use auth_runtime::authenticator::AuthenticationError;
    /// use auth_runtime::users::{PasswordHashing, User, Users};
    /// use auth_runtime::{Auth, Basic};
    ///
    /// let hashing = PasswordHashing::default();
    /// # let hashing = hashing.memory_kib(8).iterations(1);
    /// let basic = Basic::users(Users::new()).hashing(hashing.clone());
    /// let hash = basic.hash_password("open sesame").await?;
    ///
    /// let users = Users::new().add("alice", User::new(hash));
    /// let auth = Auth::builder().basic(Basic::users(users).hashing(hashing)).build()?;
    /// assert!(auth.authenticate_password("alice", "open sesame").await.is_ok());
    /// assert!(auth.authenticate_password("alice", "guessed").await.is_err());
    ///
    /// let refused = basic.hash_password("a\0b").await;
    /// assert!(matches!(refused, Err(AuthenticationError::Credentials)));
    /// # Ok::<(), auth_runtime::BoxError>(())
    /// # }).unwrap();
    /// ```
    pub async fn hash_password(&self, password: &str) -> Result<String, AuthenticationError> {
        let is_refused = |byte: u8| byte.is_ascii_control();
        if password.len() > MAX_LENGTH || password.bytes().any(is_refused) {
            return Err(AuthenticationError::Credentials);
        }
        let password = Arc::new(Zeroizing::new(password.as_bytes().to_vec()));
        let verifier = self.verifier().map_err(AuthenticationError::failed)?;
        let ticket = verifier.queue().map_err(overloaded)?;
        let permit = ticket.permit().await.map_err(overloaded)?;
        let hash = verifier.hash(permit, password).await;
        let hash = hash.map_err(|not_run| no_verdict(NoVerdict::from(not_run)))?;
        hash.map_err(AuthenticationError::failed)
    }
}
