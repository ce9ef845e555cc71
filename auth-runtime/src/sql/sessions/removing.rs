//! Removing several sessions.

use crate::box_error::BoxError;
use crate::session::SessionDigest;
use crate::sql::{SqlStore, on_connection};

/// How many sessions a query removes, so that it ends within the time-out however many there are.
const CHUNK: i64 = 5_000;

/// Which sessions are removed.
#[derive(Clone, Copy)]
pub(super) enum Removed<'a> {
    OfIssuer(&'a str),
    OfSubject {
        issuer: &'a str,
        subject: &'a str,
    },
    /// Except for one.
    OthersOfSubject {
        issuer: &'a str,
        subject: &'a str,
        kept: &'a SessionDigest,
    },
    OfProvider {
        issuer: &'a str,
        session: &'a str,
    },
    /// Timed out at this time.
    Expired(i64),
}

impl SqlStore {
    /// If it fails, some chunks are removed, so that it makes progress when it is repeated.
    pub(super) async fn remove_in_chunks(&self, removed: Removed<'_>) -> Result<(), BoxError> {
        // PostgreSQL does not support zero bytes, so no session has such a name.
        if removed.names().any(|name| name.contains('\0')) {
            return Ok(());
        }
        loop {
            let rows = on_connection!(self, write, |connection| connection
                .remove_chunk(removed)
                .await);
            if rows.map_err(|error| self.failed(error))? < CHUNK.unsigned_abs() {
                return Ok(());
            }
        }
    }
}

impl<'a> Removed<'a> {
    fn names(self) -> impl Iterator<Item = &'a str> {
        let names = match self {
            Self::OfIssuer(issuer) => [Some(issuer), None],
            Self::OfSubject { issuer, subject }
            | Self::OthersOfSubject {
                issuer, subject, ..
            } => [Some(issuer), Some(subject)],
            Self::OfProvider { issuer, session } => [Some(issuer), Some(session)],
            Self::Expired(_) => [None, None],
        };
        names.into_iter().flatten()
    }
}

/// Binds the parameters from the second one on.
macro_rules! bind {
    ($query:expr, $removed:expr) => {{
        let mut query = $query;
        for name in $removed.names() {
            query = query.bind(name);
        }
        match $removed {
            Removed::OthersOfSubject { kept, .. } => query.bind(&kept.as_bytes()[..]),
            Removed::Expired(time) => query.bind(time),
            _ => query,
        }
    }};
}

/// The query that differs between the kinds of databases.
trait RemoveChunk {
    /// Removes at most [`CHUNK`] sessions, and returns their number.
    async fn remove_chunk(&mut self, removed: Removed<'_>) -> sqlx::Result<u64>;
}

#[cfg(feature = "sqlite")]
impl RemoveChunk for sqlx::SqliteConnection {
    async fn remove_chunk(&mut self, removed: Removed<'_>) -> sqlx::Result<u64> {
        macro_rules! remove {
            ($condition:literal) => {
                concat!(
                    "DELETE FROM auth_sessions WHERE digest IN (SELECT digest FROM auth_sessions WHERE ",
                    $condition,
                    " LIMIT $1)"
                )
            };
        }
        let query = sqlx::query(match removed {
            Removed::OfIssuer(_) => remove!("issuer = $2"),
            Removed::OfSubject { .. } => remove!("issuer = $2 AND subject = $3"),
            Removed::OthersOfSubject { .. } => {
                remove!("issuer = $2 AND subject = $3 AND digest <> $4")
            }
            Removed::OfProvider { .. } => remove!("issuer = $2 AND provider_session_id = $3"),
            Removed::Expired(_) => remove!("timeout_at <= $2"),
        })
        .bind(CHUNK);
        let query = bind!(query, removed);
        Ok(query.execute(self).await?.rows_affected())
    }
}

#[cfg(feature = "postgres")]
impl RemoveChunk for sqlx::PgConnection {
    /// In two queries. The first one waits for concurrent changes and returns what they wrote. With a subquery, the
    /// removal would look for the old digest of a session that is being renewed, and the session would survive.
    async fn remove_chunk(&mut self, removed: Removed<'_>) -> sqlx::Result<u64> {
        // All nodes lock the rows in the same order, so that there is no deadlock.
        macro_rules! lock {
            ($condition:literal) => {
                concat!(
                    "SELECT digest FROM auth_sessions WHERE ",
                    $condition,
                    " ORDER BY issuer, subject, digest LIMIT $1 FOR UPDATE"
                )
            };
        }
        // A session that another query changes is removed the next time.
        const LOCK_EXPIRED: &str = "SELECT digest FROM auth_sessions WHERE timeout_at <= $2 \
             LIMIT $1 FOR UPDATE SKIP LOCKED";
        const REMOVE: &str = "DELETE FROM auth_sessions WHERE digest = ANY($1)";

        let mut transaction = sqlx::Connection::begin(self).await?;
        let query = sqlx::query_scalar(match removed {
            Removed::OfIssuer(_) => lock!("issuer = $2"),
            Removed::OfSubject { .. } => lock!("issuer = $2 AND subject = $3"),
            Removed::OthersOfSubject { .. } => {
                lock!("issuer = $2 AND subject = $3 AND digest <> $4")
            }
            Removed::OfProvider { .. } => lock!("issuer = $2 AND provider_session_id = $3"),
            Removed::Expired(_) => LOCK_EXPIRED,
        })
        .bind(CHUNK);
        let query = bind!(query, removed);
        let digests: Vec<Vec<u8>> = query.fetch_all(&mut *transaction).await?;
        let removed = sqlx::query(REMOVE)
            .bind(digests)
            .execute(&mut *transaction)
            .await?;
        transaction.commit().await?;
        Ok(removed.rows_affected())
    }
}
