//! SQLite: how a file is opened, and how it is noticed that it is not the same any more.

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

const SCRIPTS: &[&str] = &[include_str!("migrations/sqlite_1.sql")];

/// Each is a thread. Readers work side by side, writers one after the other.
const CONNECTIONS: u32 = 4;

/// How long a writer waits for others of this process, and then for those of any process. Together
/// less than the time there is: what is given up while SQLite is at it may still be done.
const TURN: Duration = Duration::from_millis(500);
const BUSY: Duration = Duration::from_millis(800);

#[derive(Clone)]
pub(super) struct Sqlite {
    pool: SqlitePool,
    /// A file of the store's own, which the pool itself never creates: one that is deleted later
    /// is an outage and not an empty database.
    file: Option<SqliteConnectOptions>,
    /// Whether it may be created.
    creates: bool,
    /// SQLite has one writer at a time. The others wait here and not on a connection, which readers
    /// would then have to wait for.
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
        let options = options.busy_timeout(BUSY);
        let watch = Arc::new(Watch::new(options.get_filename()));
        let pool = SqlitePoolOptions::new()
            .max_connections(CONNECTIONS)
            // It is a thread of this process.
            .test_before_acquire(false)
            .before_acquire(move |_, connection| {
                let same = watch.is_same_since(connection.age);
                Box::pin(std::future::ready(Ok(same)))
            });
        Ok(Self {
            pool: pool.connect_lazy_with(options.clone().create_if_missing(false)),
            file: Some(options),
            // A path is a path, whatever is in it.
            creates: database.starts_with("sqlite:") && creates(database),
            writers: Arc::default(),
        })
    }

    /// One connection that is never closed: the database is gone with it.
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
        let turn = async {
            let turn = Arc::clone(&self.writers).lock_owned().await;
            Ok((turn, self.pool.acquire().await?))
        };
        let turn = timeout(TURN, turn).await;
        turn.unwrap_or(Err(sqlx::Error::PoolTimedOut))
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
                let reason = "there is no such file; `sqlite:..?mode=rwc` creates one in a \
                              directory that is there";
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

/// Before SQLite does, which would let every user of the machine read the hashes of passwords. The
/// files that it puts beside this one have the same mode.
fn create(path: &Path) {
    let mut options = fs::OpenOptions::new();
    // Never one that is there: to close it would drop the locks of this process on it.
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    // SQLite says what is wrong.
    drop(options.open(path));
}

async fn migrate(connection: &mut SqliteConnection) -> sqlx::Result<()> {
    // Without a write, so that a file that can't be written will do.
    if schema::missing(SCRIPTS, version(connection).await?)?
        .next()
        .is_none()
    {
        return Ok(());
    }
    // Takes the lock for writing at once: nodes that start together come one after the other.
    let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await?;
    let version = version(&mut transaction).await?;
    for (version, script) in schema::missing(SCRIPTS, version)? {
        sqlx::raw_sql(script).execute(&mut *transaction).await?;
        sqlx::query(schema::NOTE)
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

/// Which stays with the file. SQLite does not wait for others here, even with a busy time-out.
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

/// Since when the file at a path is the one that it is. SQLite keeps a deleted or replaced file
/// open and never looks at the path again.
struct Watch {
    path: PathBuf,
    seen: Mutex<(Option<FileId>, Instant)>,
}

impl Watch {
    fn new(path: &Path) -> Self {
        Self {
            path: path.to_owned(),
            seen: Mutex::new((FileId::of(path), Instant::now())),
        }
    }

    /// Whether a connection of this age has the file open that is there now.
    fn is_same_since(&self, age: Duration) -> bool {
        let now = FileId::of(&self.path);
        let mut seen = self.seen.lock();
        if seen.0 != now {
            *seen = (now, Instant::now());
        }
        now.is_some() && age <= seen.1.elapsed()
    }
}

/// What tells two files apart.
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
