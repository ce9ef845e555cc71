//! Users in SQL.

use super::{SqlStore, column, on_connection};
use crate::box_error::BoxError;
use crate::users::faults_of;
use crate::users::{User, UserStore};

const FIND: &str =
    "SELECT password_hash, scopes, roles, locked, expires_at FROM auth_users WHERE name = $1";

const ADD: &str = "INSERT INTO auth_users (name, password_hash, scopes, roles, locked, expires_at) \
     VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (name) DO NOTHING";

const PUT: &str = "INSERT INTO auth_users (name, password_hash, scopes, roles, locked, expires_at) \
     VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (name) DO UPDATE SET \
     password_hash = excluded.password_hash, scopes = excluded.scopes, roles = excluded.roles, \
     locked = excluded.locked, expires_at = excluded.expires_at";

const REHASH: &str =
    "UPDATE auth_users SET password_hash = $3 WHERE name = $1 AND password_hash = $2";

impl UserStore for SqlStore {
    async fn find(&self, name: &str) -> Result<Option<User>, BoxError> {
        // No user has such a name. PostgreSQL does not support zero bytes, so a client could cause an error
        // with it.
        if name.contains('\0') {
            return Ok(None);
        }
        let found = on_connection!(self, read, |connection| sqlx::query_as(FIND)
            .bind(name)
            .fetch_optional(connection)
            .await);
        found
            .and_then(|row| row.map(user).transpose())
            .map_err(|error| self.failed(error))
    }

    fn takes_new_hashes(&self) -> bool {
        true
    }

    async fn rehash(&self, name: &str, old_hash: &str, new_hash: &str) -> Result<(), BoxError> {
        let rehashed = on_connection!(self, write, |connection| sqlx::query(REHASH)
            .bind(name)
            .bind(old_hash)
            .bind(new_hash)
            .execute(connection)
            .await
            .map(drop));
        rehashed.map_err(|error| self.failed(error))
    }
}

/// Administration of users.
///
/// ```
/// # #[cfg(feature = "sqlite")]
/// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
/// use auth_runtime::sql::SqlStore;
/// use auth_runtime::users::User;
///
/// # let hash = "$argon2id$v=19$m=8,t=1,p=1$MTIzNDU2Nzg$FrU+NwEIycX6TirU";
/// let store = SqlStore::connect("sqlite::memory:").await?;
/// assert!(store.add_user("alice", &User::new(hash).scopes(["orders:read"])).await?);
/// assert!(!store.add_user("alice", &User::new(hash)).await?, "the name is taken");
/// assert_eq!(store.user_names().await?, ["alice"]);
/// assert!(store.remove_user("alice").await?);
/// # Ok::<(), auth_runtime::BoxError>(())
/// # }).unwrap();
/// ```
impl SqlStore {
    /// Adds a user. Returns `false`, and changes nothing, if there is a user with this name.
    ///
    /// For registrations: of several with one name, one adds the user. With a look-up and [`put_user`](Self::put_user),
    /// the last one would take over the account of the first. If an earlier user had this name, their tokens and API keys
    /// must have been revoked: see [`remove_user`](Self::remove_user).
    ///
    /// # Errors
    ///
    /// The same as those of [`put_user`](Self::put_user). If a client chooses the name, check the name first.
    pub async fn add_user(&self, name: &str, user: &User) -> Result<bool, BoxError> {
        Ok(self.write_user(ADD, name, user).await? > 0)
    }

    /// Adds a user, or replaces the user with this name.
    ///
    /// It replaces everything, also what another node has changed since you looked the user up. For a new password, use
    /// [`set_password_hash`](Self::set_password_hash).
    ///
    /// # Errors
    ///
    /// The database is unavailable or refuses the change, or the user could never log in: the name is empty, has more
    /// than 255 bytes, a colon or a control character (RFC 7617 section 2), or white space around it, or the hash is not
    /// a PHC string that can be verified.
    pub async fn put_user(&self, name: &str, user: &User) -> Result<(), BoxError> {
        self.write_user(PUT, name, user).await.map(drop)
    }

    /// Returns the number of rows that were added or changed.
    async fn write_user(
        &self,
        sql: &'static str,
        name: &str,
        user: &User,
    ) -> Result<u64, BoxError> {
        if let Some(fault) = faults_of(name, user).next() {
            return Err(format!("the user {name:?}: {fault}").into());
        }
        let scopes = column::joined(&user.scopes)?;
        let roles = column::joined(&user.roles)?;
        let written = on_connection!(self, write, |connection| sqlx::query(sql)
            .bind(name)
            .bind(&user.password_hash)
            .bind(&scopes)
            .bind(&roles)
            .bind(user.locked)
            .bind(user.expires_at.map(column::seconds))
            .execute(connection)
            .await
            .map(|done| done.rows_affected()));
        written.map_err(|error| self.failed(error))
    }

    /// Replaces the password hash of a user, for a new password. Everything else stays, such as a lock, also if it is
    /// changed at the same time. Returns `false` if there is no user with this name.
    ///
    /// # Errors
    ///
    /// The database is unavailable or refuses the change, or the hash is not a PHC string that can be verified.
    pub async fn set_password_hash(&self, name: &str, hash: &str) -> Result<bool, BoxError> {
        if let Some(fault) = faults_of(name, &User::new(hash)).next() {
            return Err(format!("the user {name:?}: {fault}").into());
        }
        let changed = on_connection!(self, write, |connection| sqlx::query(
            "UPDATE auth_users SET password_hash = $2 WHERE name = $1"
        )
        .bind(name)
        .bind(hash)
        .execute(connection)
        .await
        .map(|done| done.rows_affected()));
        changed
            .map(|rows| rows > 0)
            .map_err(|error| self.failed(error))
    }

    /// Removes a user. Returns `false` if there is no user with this name.
    ///
    /// First [revoke](crate::Auth::revoke) the tokens of the [subject](crate::revocation::Revoked::subject), and the
    /// [API keys](crate::ApiKeys::revoke): otherwise they are valid for the next user with this name too.
    ///
    /// # Errors
    ///
    /// The database is unavailable or refuses the change.
    pub async fn remove_user(&self, name: &str) -> Result<bool, BoxError> {
        let removed = on_connection!(self, write, |connection| sqlx::query(
            "DELETE FROM auth_users WHERE name = $1"
        )
        .bind(name)
        .execute(connection)
        .await
        .map(|done| done.rows_affected()));
        removed
            .map(|rows| rows > 0)
            .map_err(|error| self.failed(error))
    }

    /// The names of all users, sorted by their bytes.
    ///
    /// # Errors
    ///
    /// The database is unavailable.
    pub async fn user_names(&self) -> Result<Vec<String>, BoxError> {
        let names = on_connection!(self, read, |connection| sqlx::query_scalar(
            "SELECT name FROM auth_users ORDER BY name"
        )
        .fetch_all(connection)
        .await);
        names.map_err(|error| self.failed(error))
    }
}

fn user(row: (String, String, String, bool, Option<i64>)) -> sqlx::Result<User> {
    let (password_hash, scopes, roles, locked, expires_at) = row;
    let user = User::new(password_hash)
        .scopes(column::split(&scopes))
        .roles(column::split(&roles))
        .locked(locked);
    Ok(match expires_at {
        Some(seconds) => user.expires_at(column::time(seconds)?),
        None => user,
    })
}
