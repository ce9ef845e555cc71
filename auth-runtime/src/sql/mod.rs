//! Users and API keys in SQLite or PostgreSQL.

mod api_keys;
mod column;
mod engine;
#[cfg(feature = "postgres")]
mod postgres;
mod schema;
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

/// How long a question may take, a wait for a connection included. Less than the 2 seconds that
/// callers have by default: where they gave up first, a connection that does not answer would stay
/// in the pool.
const QUERY_TIMEOUT: Duration = Duration::from_millis(1500);

/// How long [`SqlStore::connect`] may take: a database that was asleep may have to wake up.
const OPEN_TIMEOUT: Duration = Duration::from_secs(10);

/// Users and API keys in a SQLite file or in PostgreSQL: an [`ApiKeyStore`](crate::api_key::ApiKeyStore) and
/// a [`UserStore`](crate::users::UserStore). Clones share their connections.
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
/// | `keys.db`, `sqlite:keys.db` | a SQLite file, which has to exist: a mistyped path or a volume that is not mounted is an error, not a database that knows nobody |
/// | `sqlite:keys.db?mode=rwc` | the same, created if it is not there, on Unix for its owner alone (mode 600); `?mode=ro` reads only |
/// | `sqlite::memory:` | in memory, gone with the store: for tests |
/// | `postgres://user:password@host:port/name` | PostgreSQL; `?sslmode=..`, `?sslrootcert=..`, `?options=..` and the environment variables `PGHOST`, `PGPASSWORD`, `PGPASSFILE` as in `psql` |
///
/// What begins with another `word:` or with `postgres`, or holds an `@` or `password=`, is refused and
/// not taken for a file, whose name would be logged.
///
/// Features: `sqlite`, `postgres`. They need Rust 1.94.
///
/// # Outages
///
/// 1. Every question is answered or fails within 1.5 seconds. A failure is a [`BoxError`], hence a
///    503, never a 401 and never a caller that is let in.
/// 2. Nothing has to be restarted when the database is back.
/// 3. [`connect`](Self::connect) fails if the database is down, [`connect_lazy`](Self::connect_lazy)
///    does not: the service starts, and what needs the database is answered 503 until it is up.
/// 4. A SQLite file that is deleted or replaced under a running service is noticed, unless the pool
///    is yours: SQLite itself would go on with the file that is no longer there, and miss
///    revocations.
/// 5. A change that failed for want of an answer may have been made: look before you repeat it. One
///    that the database refused has changed nothing.
///
/// # Tables
///
/// `auth_api_keys`, `auth_users` and `auth_migrations` are created, and later brought up to date, by
/// whoever connects first; several nodes may start at the same time. Tables that are newer than the
/// program are an error. A role that may not create tables is enough once they are there:
///
/// ```sql
/// GRANT SELECT ON auth_migrations, auth_api_keys, auth_users TO api;
/// GRANT UPDATE (last_used_at) ON auth_api_keys TO api;
/// GRANT UPDATE (password_hash) ON auth_users TO api;
/// ```
///
/// # Deployment
///
/// * Who can answer for the database decides who gets in. Over a network use
///   `sslmode=verify-full`: the default, `prefer`, encrypts if the server offers it and verifies
///   nothing. The public certificate authorities are built in, others are named by `sslrootcert`.
/// * SQLite is set to write-ahead logging when the tables are created: readers do not wait for
///   writers. It must not be on a network file system.
/// * For other pool sizes or time-outs, or to share connections with the application, build the
///   pool and use `SqlStore::from(pool)`. Give PostgreSQL a `statement_timeout` then, so that
///   questions given up here end there as well; the store's own connections have one, by the startup
///   parameter `options`, which a pooler in between has to let through.
#[derive(Clone)]
pub struct SqlStore {
    database: Database,
    /// Set once the tables are known to be there.
    tables: Arc<OnceCell<()>>,
}

#[derive(Clone)]
enum Database {
    #[cfg(feature = "sqlite")]
    Sqlite(Box<sqlite::Sqlite>),
    #[cfg(feature = "postgres")]
    Postgres(postgres::Postgres),
}

/// Asks the database on a connection of its own, in time: to `read` or to `write`. The question, a
/// `sqlx::Result`, is compiled for each kind of database; their SQL is the same where it can be.
macro_rules! ask {
    ($store:expr, $access:ident, |$connection:ident| $question:expr) => {{
        let store: &$crate::sql::SqlStore = $store;
        match &store.database {
            #[cfg(feature = "sqlite")]
            $crate::sql::Database::Sqlite(sqlite) => {
                store
                    .in_time(Box::pin(async {
                        let (_turn, mut lease) = sqlite.$access().await?;
                        let $connection = &mut *lease;
                        $question
                    }))
                    .await
            }
            #[cfg(feature = "postgres")]
            $crate::sql::Database::Postgres(postgres) => {
                store
                    .in_time(Box::pin(async {
                        let mut lease = postgres.acquire().await?;
                        let $connection = lease.connection()?;
                        let answer = $question?;
                        lease.finish();
                        Ok(answer)
                    }))
                    .await
            }
        }
    }};
}
use ask;

impl SqlStore {
    /// Connects, and creates the tables if they are not there.
    ///
    /// # Errors
    ///
    /// The database can't be reached or used, or has newer tables than this program knows. The text
    /// says which; passwords never appear in it.
    pub async fn connect(database: &str) -> Result<Self, BoxError> {
        let store = Self::connect_lazy(database)?;
        store.migrate().await?;
        Ok(store)
    }

    /// Connects when it is first asked, so that a service starts while its database is down.
    ///
    /// # Errors
    ///
    /// That is no database, or its feature is not turned on, or this is not called in a Tokio
    /// runtime.
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

    /// Creates the tables or brings them up to date: for a store from a pool or
    /// [`connect_lazy`](Self::connect_lazy), which otherwise do so when they are first asked.
    ///
    /// # Errors
    ///
    /// As [`connect`](Self::connect).
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
        // In a box, because it is large and all questions would carry it along.
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

    /// The tables are there, and the question is answered, within the time there is.
    async fn in_time<T>(
        &self,
        question: impl Future<Output = sqlx::Result<T>> + Unpin,
    ) -> sqlx::Result<T> {
        let answer = tokio::time::timeout(QUERY_TIMEOUT, async {
            self.tables().await?;
            question.await
        });
        answer.await.unwrap_or_else(|_| {
            match &self.database {
                #[cfg(feature = "sqlite")]
                Database::Sqlite(_) => {}
                #[cfg(feature = "postgres")]
                Database::Postgres(postgres) => postgres.distrust(),
            }
            Err(sqlx::Error::PoolTimedOut)
        })
    }

    /// As text: errors of sqlx may hold values of rows, and texts that are not for logs.
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
    /// The tables are created when the store is first asked, or by [`SqlStore::migrate`].
    fn from(pool: sqlx::SqlitePool) -> Self {
        Self::new(Database::Sqlite(Box::new(sqlite::Sqlite::of_pool(pool))))
    }
}

#[cfg(feature = "postgres")]
impl From<sqlx::PgPool> for SqlStore {
    /// The tables are created when the store is first asked, or by [`SqlStore::migrate`].
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

/// What it is called in errors: where it is, without credentials.
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

    /// Of API keys and of users.
    const CALLERS_WAIT: Duration = Duration::from_secs(2);

    #[tokio::test(start_paused = true)]
    async fn a_query_times_out_before_its_caller_does() {
        let store = SqlStore::connect_lazy("keys.db").unwrap();
        store.tables.set(()).unwrap();
        let begun = Instant::now();
        let question = store.in_time(Box::pin(pending::<sqlx::Result<()>>()));
        let answer = tokio::time::timeout(CALLERS_WAIT, question).await;
        assert!(matches!(answer, Ok(Err(sqlx::Error::PoolTimedOut))));
        assert!(begun.elapsed() < CALLERS_WAIT);
    }
}
