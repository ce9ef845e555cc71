//! SQLite: opening a file, and detecting that it was replaced.

use std::fmt;
use std::fs::{self, Metadata};
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use sqlx::pool::PoolConnection;
use sqlx::sqlite::{SqliteConnectOptions, SqlitePoolOptions};
use sqlx::{ConnectOptions, Connection, SqliteConnection, SqlitePool};
use tokio::sync::OwnedMutexGuard;
use tokio::time::timeout;

use super::schema;
use crate::box_error::BoxError;
use crate::lock::Mutex;

const SCRIPTS: &[&str] = &[
    include_str!("migrations/sqlite_1.sql"),
    include_str!("migrations/sqlite_2.sql"),
    include_str!("migrations/sqlite_3.sql"),
];

/// Each connection is a thread. Readers run in parallel, writers one after the other.
const CONNECTIONS: u32 = 4;

/// How long a writer waits for other writers of this process, and then for those of any process. Together less
/// than the time-out of a query: a write that times out while SQLite runs it may still take effect.
const WRITER_TIMEOUT: Duration = Duration::from_millis(500);
const BUSY_TIMEOUT: Duration = Duration::from_millis(800);

#[derive(Clone)]
pub(super) struct Sqlite {
    pool: SqlitePool,
    /// The file, if the store made the pool. The pool itself never creates it: a file that is deleted later is an
    /// outage, not an empty database.
    file: Option<SqliteConnectOptions>,
    /// Whether the file may be created.
    creates: bool,
    /// SQLite has one writer at a time. The others wait here, without a connection, so that they do not use up
    /// the connections of readers.
    writers: Arc<tokio::sync::Mutex<()>>,
}

impl Sqlite {
    pub(super) fn of_file(database: &str) -> Result<Self, BoxError> {
        if matches!(
            database,
            ":memory:" | "sqlite::memory:" | "sqlite://:memory:"
        ) {
            return Self::in_memory();
        }
        let options = if database.starts_with("sqlite:") {
            SqliteConnectOptions::from_str(database)
                .map_err(|error| format!("the URL of SQLite: {error}"))?
        } else {
            SqliteConnectOptions::new().filename(database)
        };
        let options = options.busy_timeout(BUSY_TIMEOUT);
        let watch = Arc::new(FileWatch::new(options.get_filename()));
        let pool = SqlitePoolOptions::new()
            .max_connections(CONNECTIONS)
            // A connection is a thread of this process, so it needs no test.
            .test_before_acquire(false)
            .before_acquire(move |_, connection| {
                let same = watch.is_same_since(connection.age);
                Box::pin(std::future::ready(Ok(same)))
            });
        Ok(Self {
            pool: pool.connect_lazy_with(options.clone().create_if_missing(false)),
            file: Some(options),
            // Only a URL has parameters; a plain path may contain `?`.
            creates: database.starts_with("sqlite:") && creates(database),
            writers: Arc::default(),
        })
    }

    /// One connection that is never closed, because the database is dropped with it.
    fn in_memory() -> Result<Self, BoxError> {
        let options = SqliteConnectOptions::from_str("sqlite::memory:")?;
        let pool = SqlitePoolOptions::new()
            .max_connections(1)
            .idle_timeout(None)
            .max_lifetime(None);
        Ok(Self::of_pool(pool.connect_lazy_with(options)))
    }

    pub(super) fn of_pool(pool: SqlitePool) -> Self {
        Self {
            pool,
            file: None,
            creates: false,
            writers: Arc::default(),
        }
    }

    pub(super) async fn read(&self) -> sqlx::Result<((), PoolConnection<sqlx::Sqlite>)> {
        Ok(((), self.pool.acquire().await?))
    }

    pub(super) async fn write(
        &self,
    ) -> sqlx::Result<(OwnedMutexGuard<()>, PoolConnection<sqlx::Sqlite>)> {
        let writer = async {
            let writer = Arc::clone(&self.writers).lock_owned().await;
            Ok((writer, self.pool.acquire().await?))
        };
        let writer = timeout(WRITER_TIMEOUT, writer).await;
        writer.unwrap_or(Err(sqlx::Error::PoolTimedOut))
    }

    pub(super) async fn migrate(&self) -> sqlx::Result<()> {
        let Some(options) = &self.file else {
            return migrate(&mut *self.pool.acquire().await?).await;
        };
        if self.creates {
            create(options.get_filename());
        }
        let mut connection = match options.connect().await {
            Err(_) if !options.get_filename().exists() => {
                let reason = "the file does not exist; `sqlite:..?mode=rwc` creates it in an existing \
                              directory";
                return Err(sqlx::Error::Configuration(reason.into()));
            }
            other => other?,
        };
        if version(&mut connection).await? == 0 {
            write_ahead(&mut connection).await?;
        }
        migrate(&mut connection).await?;
        connection.close().await
    }
}

fn creates(database: &str) -> bool {
    let (_, parameters) = database.split_once('?').unwrap_or_default();
    parameters
        .split('&')
        .any(|parameter| parameter == "mode=rwc")
}

/// Creates the file before SQLite does, which would let every user of the machine read the password hashes. The
/// other files of SQLite get the same mode.
fn create(path: &Path) {
    let mut options = fs::OpenOptions::new();
    // Never an existing one: closing it would release the locks of this process on it.
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    // SQLite reports the error.
    drop(options.open(path));
}

async fn migrate(connection: &mut SqliteConnection) -> sqlx::Result<()> {
    // Checked without writing, so that a read-only file can be used.
    if schema::missing(SCRIPTS, version(connection).await?)?
        .next()
        .is_none()
    {
        return Ok(());
    }
    // Takes the write lock at once, so that nodes that start together migrate one after the other.
    let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await?;
    let version = version(&mut transaction).await?;
    for (version, script) in schema::missing(SCRIPTS, version)? {
        sqlx::raw_sql(script).execute(&mut *transaction).await?;
        sqlx::query(schema::INSERT_VERSION)
            .bind(version)
            .execute(&mut *transaction)
            .await?;
    }
    transaction.commit().await
}

async fn version(connection: &mut SqliteConnection) -> sqlx::Result<i64> {
    let exists = sqlx::query_scalar(
        "SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE name = 'auth_migrations')",
    );
    if exists.fetch_one(&mut *connection).await? {
        sqlx::query_scalar(schema::VERSION)
            .fetch_one(connection)
            .await
    } else {
        Ok(0)
    }
}

/// Switches the file to write-ahead logging, permanently. SQLite does not wait for other connections here, even
/// with a busy time-out.
async fn write_ahead(connection: &mut SqliteConnection) -> sqlx::Result<()> {
    const BUSY: &str = "5";
    const ATTEMPTS: u32 = 50;

    for _ in 0..ATTEMPTS {
        let set = sqlx::raw_sql("PRAGMA journal_mode = WAL")
            .execute(&mut *connection)
            .await;
        match set {
            Err(sqlx::Error::Database(error)) if error.code().as_deref() == Some(BUSY) => {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            other => return other.map(drop),
        }
    }
    Err(sqlx::Error::PoolTimedOut)
}

/// Remembers when the file at a path was last replaced. SQLite keeps a deleted or replaced file open and never
/// checks the path again.
struct FileWatch {
    path: PathBuf,
    seen: Mutex<(Option<FileId>, Instant)>,
}

impl FileWatch {
    fn new(path: &Path) -> Self {
        Self {
            path: path.to_owned(),
            seen: Mutex::new((FileId::of(path), Instant::now())),
        }
    }

    /// Whether a connection of this age has the current file open.
    fn is_same_since(&self, age: Duration) -> bool {
        let now = FileId::of(&self.path);
        let mut seen = self.seen.lock();
        if seen.0 != now {
            *seen = (now, Instant::now());
        }
        now.is_some() && age <= seen.1.elapsed()
    }
}

/// Distinguishes two files.
#[derive(Clone, Copy, PartialEq, Eq)]
struct FileId(
    #[cfg(unix)] (u64, u64),
    #[cfg(not(unix))] Option<std::time::SystemTime>,
);

impl FileId {
    fn of(path: &Path) -> Option<Self> {
        fs::metadata(path)
            .ok()
            .map(|metadata| Self::from(&metadata))
    }
}

impl From<&Metadata> for FileId {
    #[cfg(unix)]
    fn from(metadata: &Metadata) -> Self {
        use std::os::unix::fs::MetadataExt;
        Self((metadata.dev(), metadata.ino()))
    }

    #[cfg(not(unix))]
    fn from(metadata: &Metadata) -> Self {
        Self(metadata.created().ok())
    }
}

impl fmt::Display for Sqlite {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let options = self.pool.connect_options();
        write!(formatter, "SQLite {}", options.get_filename().display())
    }
}
