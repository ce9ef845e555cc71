//! PostgreSQL: connecting, and handling connections that do not answer.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{ConnectOptions, Connection, PgConnection, PgPool};
use tokio::runtime::Handle;
use tokio::time::timeout;

use super::{QUERY_TIMEOUT, schema};
use crate::box_error::BoxError;

const SCRIPTS: &[&str] = &[
    include_str!("migrations/postgres_1.sql"),
    include_str!("migrations/postgres_2.sql"),
    include_str!("migrations/postgres_3.sql"),
];

/// Enough to keep a server busy, and few enough for several nodes with a server that allows 100 connections.
const CONNECTIONS: u32 = 8;

/// The time-out of a statement at the server.
const STATEMENT_TIMEOUT: Duration = Duration::from_secs(1);

/// The lock of programs that create these tables: "authkeys" in ASCII.
const LOCK: i64 = 0x6175_7468_6b65_7973;

#[derive(Clone)]
pub(super) struct Postgres {
    pool: PgPool,
    /// Whether the store made the pool.
    is_owned: bool,
}

impl Postgres {
    pub(super) fn of_url(url: &str) -> Result<Self, BoxError> {
        let mut options = PgConnectOptions::from_str(url)
            .map_err(|error| format!("the URL of PostgreSQL: {error}"))?;
        if !options
            .get_options()
            .is_some_and(|options| options.contains("statement_timeout"))
        {
            // A query that waits for a lock ends at the server before it times out here. So waiting queries do
            // not accumulate there, and do not change anything later.
            options = options.options([("statement_timeout", STATEMENT_TIMEOUT.as_millis())]);
        }
        let pool = PgPoolOptions::new().max_connections(CONNECTIONS);
        Ok(Self {
            pool: pool.connect_lazy_with(options),
            is_owned: true,
        })
    }

    pub(super) fn of_pool(pool: PgPool) -> Self {
        Self {
            pool,
            is_owned: false,
        }
    }

    pub(super) async fn acquire(&self) -> sqlx::Result<Lease> {
        Ok(Lease {
            connection: Some(self.pool.acquire().await?),
        })
    }

    /// Called after a time-out. If the server was replaced, no idle connection will answer, and each would cost a
    /// request another time-out.
    pub(super) fn discard_idle_connections(&self) {
        while let Some(connection) = self.pool.try_acquire().filter(|_| self.is_owned) {
            drop(connection.detach());
        }
    }

    pub(super) async fn migrate(&self) -> sqlx::Result<()> {
        if self.is_owned {
            // Not from the pool, which retries while the server refuses the connection, and then does not report
            // the reason.
            let mut connection = self.pool.connect_options().connect().await?;
            migrate(&mut connection).await?;
            connection.close().await
        } else {
            migrate(&mut *self.pool.acquire().await?).await
        }
    }
}

async fn migrate(connection: &mut PgConnection) -> sqlx::Result<()> {
    // Checked without locking or writing, so that a role without these permissions can start.
    if schema::missing(SCRIPTS, version(connection).await?)?
        .next()
        .is_none()
    {
        return Ok(());
    }
    let mut transaction = connection.begin().await?;
    sqlx::query("SELECT pg_advisory_xact_lock($1)")
        .bind(LOCK)
        .execute(&mut *transaction)
        .await?;
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

async fn version(connection: &mut PgConnection) -> sqlx::Result<i64> {
    // Not `to_regclass`, which caches within a transaction that the table did not exist.
    let exists = sqlx::query_scalar(
        "SELECT EXISTS (SELECT FROM pg_catalog.pg_tables WHERE tablename = 'auth_migrations' \
         AND schemaname = ANY (current_schemas(FALSE)))",
    );
    if exists.fetch_one(&mut *connection).await? {
        sqlx::query_scalar(schema::VERSION)
            .fetch_one(connection)
            .await
    } else {
        Ok(0)
    }
}

/// A connection for one query.
pub(super) struct Lease {
    connection: Option<PoolConnection<sqlx::Postgres>>,
}

impl Lease {
    pub(super) fn connection(&mut self) -> sqlx::Result<&mut PgConnection> {
        self.connection
            .as_deref_mut()
            .ok_or(sqlx::Error::PoolClosed)
    }

    /// The query succeeded: returns the connection to the pool.
    pub(super) fn finish(mut self) {
        self.connection = None;
    }
}

impl Drop for Lease {
    /// The query failed, timed out, or was cancelled. The pool would wait for the answer until TCP gives up, which
    /// takes a quarter of an hour on a network that is down, and would lack a connection for that time.
    fn drop(&mut self) {
        let (Some(mut connection), Ok(runtime)) = (self.connection.take(), Handle::try_current())
        else {
            return;
        };
        runtime.spawn(async move {
            match timeout(QUERY_TIMEOUT, connection.ping()).await {
                Ok(Ok(())) => drop(connection),
                _ => drop(connection.detach()),
            }
        });
    }
}

/// Shows the server and the database, without credentials.
impl fmt::Display for Postgres {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let options = self.pool.connect_options();
        let database = options
            .get_database()
            .unwrap_or_else(|| options.get_username());
        match options.get_socket() {
            Some(socket) => write!(formatter, "PostgreSQL {}", socket.display())?,
            None => write!(
                formatter,
                "PostgreSQL {}:{}",
                options.get_host(),
                options.get_port()
            )?,
        }
        write!(formatter, ", database {database}")
    }
}
