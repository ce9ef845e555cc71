//! Users and their password hashes.

mod file;
mod list;
pub(crate) mod password;

use std::fmt;
use std::future::Future;
use std::time::SystemTime;

pub use file::UserFile;
pub use list::Users;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
pub(super) use list::faults_of;
pub use password::{PasswordFault, PasswordHashing};

use crate::box_error::BoxError;

/// The users that [`Basic`](crate::Basic) looks up. Methods can be implemented as `async fn`.
///
/// # Errors
///
/// If the store fails, the request gets 503 with `Retry-After`. It never gets 401, which would make clients
/// discard valid credentials, and is never allowed. The text of the error is logged, and never shown to a client.
/// `?` works with any error, and `.into()` converts a string:
///
/// ```
/// use auth_runtime::BoxError;
/// use auth_runtime::users::{User, UserStore};
///
/// struct Directory {
///     path: std::path::PathBuf,
/// }
///
/// impl UserStore for Directory {
///     async fn find(&self, name: &str) -> Result<Option<User>, BoxError> {
///         let text = std::fs::read_to_string(&self.path)?;
///         if text.is_empty() {
///             return Err("the directory is empty".into());
///         }
///         let hash = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
///         Ok(hash.map(User::new))
///     }
/// }
///
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// let directory = Directory { path: "/nowhere/users".into() };
/// assert!(directory.find("alice").await.is_err());
/// # });
/// ```
pub trait UserStore: Send + Sync + 'static {
    /// Finds the user with this name, as the client sent it; `None` if there is none.
    ///
    /// Compare names exactly, as the stores of this crate do. A store that treats `Alice` and `alice` as the same
    /// user (with PostgreSQL's `citext`, `lower(name)` or a case-insensitive collation) must set [`User::name`].
    /// Otherwise the caller chooses the spelling of their subject, and code that compares subjects treats one
    /// user as several, or as another one.
    ///
    /// Failed attempts are counted by the name in lower case, so `Alice` and `alice` share a count. Do not compare
    /// names more loosely, for example without accents or white space: each spelling would have its own count, and
    /// allow more guesses. Return `None` for these.
    ///
    /// # Errors
    ///
    /// The store failed: the request gets 503.
    fn find(&self, name: &str) -> impl Future<Output = Result<Option<User>, BoxError>> + Send;

    /// Whether [`rehash`](Self::rehash) is implemented. If not, no new hash is computed. The default is `false`.
    fn takes_new_hashes(&self) -> bool {
        false
    }

    /// Replaces `old_hash`, which was made with weaker settings than the current ones, by `new_hash`, if it is
    /// still the hash of this user. `name` is [`User::name`], or the name that was looked up if that is not set.
    ///
    /// Called after a successful login, in the background, if the store
    /// [takes new hashes](Self::takes_new_hashes). The default does nothing.
    ///
    /// # Errors
    ///
    /// The store failed; the next login retries.
    fn rehash(
        &self,
        name: &str,
        old_hash: &str,
        new_hash: &str,
    ) -> impl Future<Output = Result<(), BoxError>> + Send {
        let _ = (name, old_hash, new_hash);
        std::future::ready(Ok(()))
    }

    /// The faults that make this store unusable. [`AuthBuilder::build`](crate::AuthBuilder::build) reports them
    /// with all others. The default is none.
    fn faults(&self) -> Vec<BoxError> {
        Vec::new()
    }
}

/// A user of a store.
#[derive(Clone)]
#[must_use]
pub struct User {
    pub(crate) name: Option<String>,
    pub(crate) password_hash: String,
    pub(crate) scopes: Vec<String>,
    pub(crate) roles: Vec<String>,
    pub(crate) locked: bool,
    pub(crate) expires_at: Option<SystemTime>,
}

impl User {
    /// A user with this password hash, a PHC string such as `$argon2id$v=19$..`.
    pub fn new(password_hash: impl Into<String>) -> Self {
        Self {
            name: None,
            password_hash: password_hash.into(),
            scopes: Vec::new(),
            roles: Vec::new(),
            locked: false,
            expires_at: None,
        }
    }

    /// Sets the stored name of the user: the [subject](crate::Identity::subject) of the identity, whatever
    /// spelling the client sent. The default is the name that the client sent, which is correct for a store that
    /// compares names exactly. [`SqlStore`](crate::sql::SqlStore) does, and ignores this.
    ///
    /// ```
    /// use auth_runtime::BoxError;
    /// use auth_runtime::users::{User, UserStore, Users};
    ///
    /// /// User names in lower case, compared without case.
    /// struct AnyCase(Users);
    ///
    /// impl UserStore for AnyCase {
    ///     async fn find(&self, name: &str) -> Result<Option<User>, BoxError> {
    ///         let name = name.to_ascii_lowercase();
    ///         let found = self.0.find(&name).await?;
    ///         Ok(found.map(|user| user.name(name)))
    ///     }
    /// }
    /// ```
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Sets the granted scopes; none by default.
    pub fn scopes<S: Into<String>>(mut self, scopes: impl IntoIterator<Item = S>) -> Self {
        self.scopes = scopes.into_iter().map(Into::into).collect();
        self
    }

    /// Sets the roles; none by default.
    pub fn roles<R: Into<String>>(mut self, roles: impl IntoIterator<Item = R>) -> Self {
        self.roles = roles.into_iter().map(Into::into).collect();
        self
    }

    /// Locks the account. A login gets the same response as with a wrong password (row F4).
    pub fn locked(mut self, locked: bool) -> Self {
        self.locked = locked;
        self
    }

    /// Sets when the account expires. From then on it is treated like a locked one.
    pub fn expires_at(mut self, time: SystemTime) -> Self {
        self.expires_at = Some(time);
        self
    }

    /// The granted scopes, for a token that the application issues.
    #[must_use]
    pub fn granted_scopes(&self) -> &[String] {
        &self.scopes
    }

    /// The granted roles, for a token that the application issues.
    #[must_use]
    pub fn granted_roles(&self) -> &[String] {
        &self.roles
    }

    /// Whether the account is neither locked nor expired at `now`.
    #[must_use]
    pub fn is_active(&self, now: SystemTime) -> bool {
        !self.locked && self.expires_at.is_none_or(|expiry| now < expiry)
    }
}

impl fmt::Debug for User {
    /// Leaves out the hash, which would allow guessing the password.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("User")
            .field("name", &self.name)
            .field("scopes", &self.scopes)
            .field("roles", &self.roles)
            .field("locked", &self.locked)
            .field("expires_at", &self.expires_at)
            .finish_non_exhaustive()
    }
}
