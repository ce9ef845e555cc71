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

/// Where `Basic` finds users. An `async fn` is a fine implementation.
///
/// # Errors
///
/// If the store can't say, the request is answered 503 with `Retry-After`: never 401, which would make
/// clients throw good credentials away, and never let in. The text is logged, never shown to a client.
/// `?` works from any error, and a text becomes one by `.into()`:
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
    /// The user with this name, as the client wrote it; `None` if there is none.
    ///
    /// Compare names exactly, as the stores of this crate do. A store that takes `Alice` for
    /// `alice` (a column of PostgreSQL's `citext`, `lower(name)`, a collation without case) has to
    /// give [`User::name`]: without it the caller chooses how the subject of their identity is
    /// spelt, and what compares subjects takes one user for several, or for somebody else.
    ///
    /// Failures are counted by the name in lower case, so that `Alice` and `alice` have the same
    /// tries, and two accounts whose names differ in nothing else share them. A looser comparison,
    /// which disregards accents or white space, would give guessers new tries with each spelling:
    /// answer `None` for those.
    ///
    /// # Errors
    ///
    /// The store can't say: 503.
    fn find(&self, name: &str) -> impl Future<Output = Result<Option<User>, BoxError>> + Send;

    /// Whether [`rehash`](Self::rehash) does anything: no hash is made for a store that would not
    /// take it. `false` unless implemented.
    fn takes_new_hashes(&self) -> bool {
        false
    }

    /// Puts `new_hash` where `old_hash` is, if that is still the hash of this user: it was made
    /// with weaker settings than the application asks for now. Called after a good log-in, behind
    /// the answer, if the store [takes new hashes](Self::takes_new_hashes). Does nothing unless
    /// implemented. `name` is [`User::name`], or if that was not given, the one that was found.
    ///
    /// # Errors
    ///
    /// The store can't do it now; the next log-in asks again.
    fn rehash(
        &self,
        name: &str,
        old_hash: &str,
        new_hash: &str,
    ) -> impl Future<Output = Result<(), BoxError>> + Send {
        let _ = (name, old_hash, new_hash);
        std::future::ready(Ok(()))
    }

    /// What makes this store unusable as it is: [`AuthBuilder::build`](crate::AuthBuilder::build)
    /// reports it together with everything else. By default nothing.
    fn faults(&self) -> Vec<BoxError> {
        Vec::new()
    }
}

/// A user as a store knows them.
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
    /// With the PHC string of their password's hash, `$argon2id$v=19$..`.
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

    /// The user's own name: the [subject](crate::Identity::subject) of their identity, whatever
    /// spelling the store took for it. By default that is the name the client sent, which is the
    /// same for a store that compares names exactly. `SqlStore` does, and does
    /// not keep this.
    ///
    /// ```
    /// use auth_runtime::BoxError;
    /// use auth_runtime::users::{User, UserStore, Users};
    ///
    /// /// Users who may write their names in capitals.
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

    /// The scopes granted; none by default.
    pub fn scopes<S: Into<String>>(mut self, scopes: impl IntoIterator<Item = S>) -> Self {
        self.scopes = scopes.into_iter().map(Into::into).collect();
        self
    }

    /// The roles held; none by default.
    pub fn roles<R: Into<String>>(mut self, roles: impl IntoIterator<Item = R>) -> Self {
        self.roles = roles.into_iter().map(Into::into).collect();
        self
    }

    /// A locked account is answered like a wrong password (row F4).
    pub fn locked(mut self, locked: bool) -> Self {
        self.locked = locked;
        self
    }

    /// From here on the account is answered like a locked one.
    pub fn expires_at(mut self, time: SystemTime) -> Self {
        self.expires_at = Some(time);
        self
    }
}

impl fmt::Debug for User {
    /// Without the hash, which can be guessed at.
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
