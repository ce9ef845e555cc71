//! Users, API keys, refresh tokens and sessions in SQLite or PostgreSQL.

mod api_keys;
mod column;
mod engine;
#[cfg(feature = "postgres")]
mod postgres;
mod refresh_tokens;
mod schema;
#[cfg(feature = "sessions")]
mod sessions;
#[cfg(feature = "sqlite")]
mod sqlite;
mod users;

use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::OnceCell;

use self::engine::Engine;
use crate::box_error::BoxError;

/// The time-out of a query, including the wait for a connection. It is less than the default time-out of
/// callers, 2 seconds: if they gave up first, a connection that does not answer would stay in the pool.
const QUERY_TIMEOUT: Duration = Duration::from_millis(1500);

/// The time-out of [`SqlStore::connect`]. It is longer, because a suspended database may have to start.
const OPEN_TIMEOUT: Duration = Duration::from_secs(10);

/// Users, API keys, refresh tokens and sessions in a SQLite file or in PostgreSQL: a
/// [`UserStore`](crate::users::UserStore), an [`ApiKeyStore`](crate::api_key::ApiKeyStore), a
/// [`RefreshTokenStore`](crate::refresh_token::RefreshTokenStore) and, with the feature `sessions`, a
/// [`SessionStore`](crate::session::SessionStore). Clones share their connections.
///
/// ```no_run
/// # async fn start() -> Result<(), auth_runtime::BoxError> {
/// use auth_runtime::sql::SqlStore;
///
/// let local = SqlStore::connect("keys.db").await?;
/// let shared = SqlStore::connect("postgres://api@db.example/api?sslmode=verify-full").await?;
/// # Ok(())
/// # }
/// ```
///
/// | database | |
/// |---|---|
/// | `keys.db`, `sqlite:keys.db` | a SQLite file, which must exist: a wrong path or an unmounted volume is an error, not an empty database |
/// | `sqlite:keys.db?mode=rwc` | the same, but the file is created if it does not exist; on Unix only its owner can access it (mode 600). `?mode=ro` is read-only |
/// | `sqlite::memory:` | a database in memory, for tests; it is dropped with the store |
/// | `postgres://user:password@host:port/name` | PostgreSQL; `?sslmode=..`, `?sslrootcert=..`, `?options=..` and the environment variables `PGHOST`, `PGPASSWORD`, `PGPASSFILE` as in `psql` |
///
/// File names are logged. So a text that may contain a password is refused as a file name: one that begins with
/// another `word:` or with `postgres`, or contains `@` or `password=`.
///
/// Features: `sqlite`, `postgres`. They need Rust 1.94.
///
/// # Outages
///
/// 1. Every query succeeds or fails within 1.5 seconds. A failure is a [`BoxError`], for which requests get 503.
///    They never get 401, and are never allowed.
/// 2. When the database is back, the store works again without a restart.
/// 3. [`connect`](Self::connect) fails if the database is down. With [`connect_lazy`](Self::connect_lazy) the
///    service starts, and requests that need the database get 503 until it is up.
/// 4. A SQLite file that is deleted or replaced while the service runs is detected, unless you made the pool.
///    SQLite itself would continue to use the deleted file, and miss revocations.
/// 5. A change that failed with a time-out or a lost connection may have been made: check before you repeat it.
///    A change that the database refused has no effect.
///
/// # Tables
///
/// The first node that connects creates the tables `auth_api_keys`, `auth_users`, `auth_refresh_tokens`,
/// `auth_sessions` and `auth_migrations`, and later migrates them. Several nodes may start at the same time. Tables of
/// a newer version are an error. Once the tables exist, a role without permission to create tables is sufficient:
///
/// ```sql
/// GRANT SELECT ON auth_migrations, auth_api_keys, auth_users TO api;
/// GRANT UPDATE (last_used_at) ON auth_api_keys TO api;
/// GRANT UPDATE (password_hash) ON auth_users TO api;
/// GRANT SELECT, INSERT, UPDATE, DELETE ON auth_refresh_tokens, auth_sessions TO api;
/// ```
///
/// # Sessions
///
/// * Times are those of the server's clock in PostgreSQL, and of the node's clock in SQLite.
/// * A change waits for concurrent changes of the same session, so a session that was removed is not renewed.
/// * The end of all sessions of an issuer, and [`remove_expired`](crate::session::SessionStore::remove_expired), remove
///   5,000 sessions in a query, so they can take longer than a query. After an error, repeat them: they go on with the
///   rest.
/// * An issuer, a subject or a session of the provider with a zero byte can't be stored.
///
/// # Deployment
///
/// * An attacker who can impersonate the database can let anyone in. Over a network use `sslmode=verify-full`:
///   the default, `prefer`, encrypts if the server offers it, and verifies nothing. The public certificate
///   authorities are built in; `sslrootcert` sets others.
/// * With a replicated PostgreSQL, connect to the primary, not through a pooler that reads from replicas. A replica
///   that lags behind lacks the newest refresh tokens and sessions, so users would have to log in again, and still has
///   sessions that were ended.
/// * Creating the tables switches a SQLite file to write-ahead logging, so that readers do not wait for writers.
///   The file must not be on a network file system.
/// * For other pool sizes or time-outs, or to share connections with the application, build the pool and use
///   `SqlStore::from(pool)`. Then set a `statement_timeout` for PostgreSQL, so that the server also ends queries
///   that timed out here. The store's own connections set it with the startup parameter `options`, which a
///   connection pooler in between must pass on.
#[derive(Clone)]
pub struct SqlStore {
    database: Database,
    /// Set once the tables are known to exist.
    tables: Arc<OnceCell<()>>,
}

#[derive(Clone)]
enum Database {
    #[cfg(feature = "sqlite")]
    Sqlite(Box<sqlite::Sqlite>),
    #[cfg(feature = "postgres")]
    Postgres(postgres::Postgres),
}

/// Runs a query on a connection, with the time-out, to `read` or to `write`. The query, a `sqlx::Result`, is
/// compiled for each kind of database; most of their SQL is the same.
macro_rules! on_connection {
    ($store:expr, $access:ident, |$connection:ident| $query:expr) => {{
        let store: &$crate::sql::SqlStore = $store;
        match &store.database {
            #[cfg(feature = "sqlite")]
            $crate::sql::Database::Sqlite(sqlite) => {
                store
                    .in_time(Box::pin(async {
                        let (_writer, mut lease) = sqlite.$access().await?;
                        let $connection = &mut *lease;
                        $query
                    }))
                    .await
            }
            #[cfg(feature = "postgres")]
            $crate::sql::Database::Postgres(postgres) => {
                store
                    .in_time(Box::pin(async {
                        let mut lease = postgres.acquire().await?;
                        let $connection = lease.connection()?;
                        let answer = $query?;
                        lease.finish();
                        Ok(answer)
                    }))
                    .await
            }
        }
    }};
}
use on_connection;

impl SqlStore {
    /// Connects, and creates the tables if they do not exist.
    ///
    /// # Errors
    ///
    /// The database can't be reached or used, or its tables have a newer version than this program supports. The
    /// message never contains a password.
    pub async fn connect(database: &str) -> Result<Self, BoxError> {
        let store = Self::connect_lazy(database)?;
        store.migrate().await?;
        Ok(store)
    }

    /// Connects on first use, so that a service can start while its database is down.
    ///
    /// # Errors
    ///
    /// `database` is invalid, its feature is not turned on, or this is not called in a tokio runtime.
    pub fn connect_lazy(database: &str) -> Result<Self, BoxError> {
        if tokio::runtime::Handle::try_current().is_err() {
            return Err("a `SqlStore` needs a Tokio runtime".into());
        }
        let database = match Engine::of(database)? {
            Engine::Postgres => Database::postgres(database),
            Engine::Sqlite => Database::sqlite(database),
        }?;
        Ok(Self::new(database))
    }

    fn new(database: Database) -> Self {
        Self {
            database,
            tables: Arc::default(),
        }
    }

    /// Creates or migrates the tables. A store from a pool or from [`connect_lazy`](Self::connect_lazy) otherwise
    /// does this on first use.
    ///
    /// # Errors
    ///
    /// See [`connect`](Self::connect).
    pub async fn migrate(&self) -> Result<(), BoxError> {
        let migrated = tokio::time::timeout(OPEN_TIMEOUT, self.tables()).await;
        migrated
            .unwrap_or(Err(sqlx::Error::PoolTimedOut))
            .map_err(|error| self.failed(error))
    }

    async fn tables(&self) -> sqlx::Result<()> {
        if self.tables.initialized() {
            return Ok(());
        }
        // Boxed, because it is large and would be part of the future of every query.
        let migrate = || {
            Box::pin(async {
                match &self.database {
                    #[cfg(feature = "sqlite")]
                    Database::Sqlite(sqlite) => sqlite.migrate().await,
                    #[cfg(feature = "postgres")]
                    Database::Postgres(postgres) => postgres.migrate().await,
                }
            })
        };
        self.tables.get_or_try_init(migrate).await.copied()
    }

    /// Creates the tables if necessary and runs `query`, with the time-out.
    async fn in_time<T>(
        &self,
        query: impl Future<Output = sqlx::Result<T>> + Unpin,
    ) -> sqlx::Result<T> {
        let answer = tokio::time::timeout(QUERY_TIMEOUT, async {
            self.tables().await?;
            query.await
        });
        answer.await.unwrap_or_else(|_| {
            match &self.database {
                #[cfg(feature = "sqlite")]
                Database::Sqlite(_) => {}
                #[cfg(feature = "postgres")]
                Database::Postgres(postgres) => postgres.discard_idle_connections(),
            }
            Err(sqlx::Error::PoolTimedOut)
        })
    }

    /// Converts the error to a text: errors of sqlx may contain values of rows, which must not be logged.
    fn failed(&self, error: sqlx::Error) -> BoxError {
        let reason = match error {
            sqlx::Error::PoolTimedOut => "no answer in time".to_owned(),
            sqlx::Error::Configuration(reason) => reason.to_string(),
            sqlx::Error::Database(error) => error.to_string(),
            other => other.to_string(),
        };
        format!("{}: {reason}", self.database).into()
    }
}

#[cfg(feature = "sqlite")]
impl From<sqlx::SqlitePool> for SqlStore {
    /// The tables are created on first use, or by [`SqlStore::migrate`].
    fn from(pool: sqlx::SqlitePool) -> Self {
        Self::new(Database::Sqlite(Box::new(sqlite::Sqlite::of_pool(pool))))
    }
}

#[cfg(feature = "postgres")]
impl From<sqlx::PgPool> for SqlStore {
    /// The tables are created on first use, or by [`SqlStore::migrate`].
    fn from(pool: sqlx::PgPool) -> Self {
        Self::new(Database::Postgres(postgres::Postgres::of_pool(pool)))
    }
}

impl Database {
    #[cfg(feature = "sqlite")]
    fn sqlite(database: &str) -> Result<Self, BoxError> {
        sqlite::Sqlite::of_file(database)
            .map(Box::new)
            .map(Self::Sqlite)
    }

    #[cfg(not(feature = "sqlite"))]
    fn sqlite(_: &str) -> Result<Self, BoxError> {
        Err("SQLite needs the feature `sqlite`".into())
    }

    #[cfg(feature = "postgres")]
    fn postgres(url: &str) -> Result<Self, BoxError> {
        postgres::Postgres::of_url(url).map(Self::Postgres)
    }

    #[cfg(not(feature = "postgres"))]
    fn postgres(_: &str) -> Result<Self, BoxError> {
        Err("PostgreSQL needs the feature `postgres`".into())
    }
}

/// The database in messages, without credentials.
impl fmt::Display for Database {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            #[cfg(feature = "sqlite")]
            Self::Sqlite(sqlite) => sqlite.fmt(formatter),
            #[cfg(feature = "postgres")]
            Self::Postgres(postgres) => postgres.fmt(formatter),
        }
    }
}

impl fmt::Debug for SqlStore {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_tuple("SqlStore")
            .field(&format_args!("{}", self.database))
            .finish()
    }
}

#[cfg(all(test, feature = "sqlite"))]
mod tests {
    use std::future::pending;

    use tokio::time::Instant;

    use super::*;

    /// The default time-out of API keys and of users.
    const CALLERS_WAIT: Duration = Duration::from_secs(2);

    #[tokio::test(start_paused = true)]
    async fn a_query_times_out_before_its_caller_does() {
        let store = SqlStore::connect_lazy("keys.db").unwrap();
        store.tables.set(()).unwrap();
        let begun = Instant::now();
        let query = store.in_time(Box::pin(pending::<sqlx::Result<()>>()));
        let answer = tokio::time::timeout(CALLERS_WAIT, query).await;
        assert!(matches!(answer, Ok(Err(sqlx::Error::PoolTimedOut))));
        assert!(begun.elapsed() < CALLERS_WAIT);
    }
}
