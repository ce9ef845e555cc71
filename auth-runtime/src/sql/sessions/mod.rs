//! Sessions in SQL.

mod removing;
mod row;

use std::time::SystemTime;

use self::removing::Removed;
use self::row::NewRow;
use super::{Database, SqlStore, on_connection};
use crate::box_error::BoxError;
use crate::session::stored;
use crate::session::{FoundSession, SessionDigest, SessionRecord, SessionStore};

/// A statement for each kind of database. `now` is the time of the database's clock in milliseconds.
macro_rules! statement {
    ($($part:tt),+) => {
        Statement {
            #[cfg(feature = "sqlite")]
            sqlite: concat!($(statement!(@sqlite $part)),+),
            #[cfg(feature = "postgres")]
            postgres: concat!($(statement!(@postgres $part)),+),
        }
    };
    (@sqlite now) => {
        "(SELECT CAST(ROUND((JULIANDAY('now') - 2440587.5) * 86400000) AS INTEGER))"
    };
    (@postgres now) => {
        "(SELECT CAST(FLOOR(EXTRACT(EPOCH FROM CLOCK_TIMESTAMP()) * 1000) AS BIGINT))"
    };
    (@sqlite least) => { "MIN" };
    (@postgres least) => { "LEAST" };
    (@sqlite greatest) => { "MAX" };
    (@postgres greatest) => { "GREATEST" };
    (@$engine:ident $text:literal) => { $text };
}

struct Statement {
    #[cfg(feature = "sqlite")]
    sqlite: &'static str,
    #[cfg(feature = "postgres")]
    postgres: &'static str,
}

const NOW: Statement = statement!("SELECT ", now);

const INSERT: &str = "INSERT INTO auth_sessions (digest, issuer, subject, provider_session_id, \
     created_at, last_seen_at, ends_at, idle_timeout, timeout_at, data, sealed) \
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";

const FIND: Statement = statement!(
    "SELECT digest, last_seen_at, data, sealed, ",
    now,
    " FROM auth_sessions WHERE digest = $1"
);

const LIST: Statement = statement!(
    "SELECT digest, last_seen_at, data, sealed, ",
    now,
    " FROM auth_sessions WHERE issuer = $1 AND subject = $2 ORDER BY created_at DESC, digest"
);

/// Never an insert: the session may just have been removed.
const RECORD_USE: Statement = statement!(
    "UPDATE auth_sessions SET last_seen_at = ",
    greatest,
    "(last_seen_at, clock.now), timeout_at = ",
    least,
    "(ends_at, ",
    greatest,
    "(last_seen_at, clock.now) + idle_timeout) FROM (SELECT ",
    now,
    " AS now) AS clock WHERE digest = $1"
);

/// One condition decides which of several nodes renews a session. The issuer and the subject stay, so that a removal
/// that waits for this change still removes the row.
const RENEW: &str = "UPDATE auth_sessions SET digest = $2, sealed = $3 WHERE digest = $1";

const REMOVE: &str = "DELETE FROM auth_sessions WHERE digest = $1";

/// Expands to a query on a connection, whose type depends on the database.
macro_rules! insert {
    ($connection:expr, $row:expr) => {
        sqlx::query(INSERT)
            .bind(&$row.session.digest.as_bytes()[..])
            .bind(&$row.session.issuer)
            .bind(&$row.session.subject)
            .bind($row.session.provider_session_id.as_deref())
            .bind($row.created_at)
            .bind($row.stored.last_seen_at)
            .bind($row.stored.ends_at)
            .bind($row.stored.idle_timeout)
            .bind($row.stored.timeout_at)
            .bind(&$row.stored.data)
            .bind($row.session.sealed.as_deref())
            .execute($connection)
            .await
    };
}

impl SessionStore for SqlStore {
    async fn now(&self) -> Result<SystemTime, BoxError> {
        let now = self.milliseconds().await?;
        stored::time(now).ok_or_else(|| "a time that is out of range".into())
    }

    async fn insert(
        &self,
        session: &SessionRecord,
        replaced: Option<&SessionDigest>,
    ) -> Result<(), BoxError> {
        let row = NewRow::of(session)?;
        let inserted = on_connection!(self, write, |connection| {
            match replaced {
                None => insert!(connection, row).map(drop),
                Some(replaced) => {
                    let mut transaction = sqlx::Connection::begin(connection).await?;
                    insert!(&mut *transaction, row)?;
                    sqlx::query(REMOVE)
                        .bind(&replaced.as_bytes()[..])
                        .execute(&mut *transaction)
                        .await?;
                    transaction.commit().await
                }
            }
        });
        inserted.map_err(|error| self.not_added(error))
    }

    async fn find(&self, digest: &SessionDigest) -> Result<Option<FoundSession>, BoxError> {
        let found = on_connection!(self, read, |connection| sqlx::query_as(self.text(&FIND))
            .bind(&digest.as_bytes()[..])
            .fetch_optional(connection)
            .await);
        found
            .and_then(|row| row.map(row::found).transpose())
            .map_err(|error| self.failed(error))
    }

    async fn record_use(&self, digest: &SessionDigest) -> Result<bool, BoxError> {
        let recorded = on_connection!(self, write, |connection| sqlx::query(
            self.text(&RECORD_USE)
        )
        .bind(&digest.as_bytes()[..])
        .execute(connection)
        .await
        .map(|done| done.rows_affected()));
        recorded
            .map(|rows| rows > 0)
            .map_err(|error| self.failed(error))
    }

    async fn renew(
        &self,
        old: &SessionDigest,
        new: &SessionDigest,
        sealed: Option<&[u8]>,
    ) -> Result<bool, BoxError> {
        let renewed = on_connection!(self, write, |connection| sqlx::query(RENEW)
            .bind(&old.as_bytes()[..])
            .bind(&new.as_bytes()[..])
            .bind(sealed)
            .execute(connection)
            .await
            .map(|done| done.rows_affected()));
        renewed
            .map(|rows| rows > 0)
            .map_err(|error| self.not_added(error))
    }

    async fn remove(&self, digest: &SessionDigest) -> Result<bool, BoxError> {
        let removed = on_connection!(self, write, |connection| sqlx::query(REMOVE)
            .bind(&digest.as_bytes()[..])
            .execute(connection)
            .await
            .map(|done| done.rows_affected()));
        removed
            .map(|rows| rows > 0)
            .map_err(|error| self.failed(error))
    }

    async fn remove_all(&self, issuer: &str, subject: Option<&str>) -> Result<(), BoxError> {
        self.remove_in_chunks(match subject {
            Some(subject) => Removed::OfSubject { issuer, subject },
            None => Removed::OfIssuer(issuer),
        })
        .await
    }

    async fn remove_others(
        &self,
        issuer: &str,
        subject: &str,
        kept: &SessionDigest,
    ) -> Result<(), BoxError> {
        self.remove_in_chunks(Removed::OthersOfSubject {
            issuer,
            subject,
            kept,
        })
        .await
    }

    async fn remove_of_provider(
        &self,
        issuer: &str,
        provider_session_id: &str,
    ) -> Result<(), BoxError> {
        self.remove_in_chunks(Removed::OfProvider {
            issuer,
            session: provider_session_id,
        })
        .await
    }

    async fn list(&self, issuer: &str, subject: &str) -> Result<Vec<SessionRecord>, BoxError> {
        // PostgreSQL does not support zero bytes, so no session has such a name.
        if issuer.contains('\0') || subject.contains('\0') {
            return Ok(Vec::new());
        }
        let found = on_connection!(self, read, |connection| sqlx::query_as(self.text(&LIST))
            .bind(issuer)
            .bind(subject)
            .fetch_all(connection)
            .await);
        found
            .and_then(|rows| {
                let rows = rows.into_iter();
                rows.map(|row| Ok(row::found(row)?.session)).collect()
            })
            .map_err(|error| self.failed(error))
    }

    async fn remove_expired(&self) -> Result<(), BoxError> {
        // Not in one query, which would not use the index for a time that it has yet to compute.
        let now = self.milliseconds().await?;
        self.remove_in_chunks(Removed::Expired(now)).await
    }
}

impl SqlStore {
    /// The time of the database's clock, in milliseconds since 1970.
    async fn milliseconds(&self) -> Result<i64, BoxError> {
        let now = on_connection!(self, read, |connection| sqlx::query_scalar(self.text(&NOW))
            .fetch_one(connection)
            .await);
        now.map_err(|error| self.failed(error))
    }

    fn text(&self, statement: &Statement) -> &'static str {
        match &self.database {
            #[cfg(feature = "sqlite")]
            Database::Sqlite(_) => statement.sqlite,
            #[cfg(feature = "postgres")]
            Database::Postgres(_) => statement.postgres,
        }
    }

    fn not_added(&self, error: sqlx::Error) -> BoxError {
        match error {
            sqlx::Error::Database(error) if error.is_unique_violation() => {
                "the session already exists".into()
            }
            other => self.failed(other),
        }
    }
}
