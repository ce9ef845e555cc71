//! API keys in SQL.

use std::time::SystemTime;

use sqlx::Connection;

use super::{SqlStore, ask, column};
use crate::api_key::{ApiKeyDigest, ApiKeyRecord, ApiKeyStore, RotateError};
use crate::box_error::BoxError;

const FIND: &str = "SELECT prefix, digest, owner, description, scopes, roles, created_at, \
     expires_at, revoked_at, last_used_at, replaces FROM auth_api_keys WHERE digest = $1";

const NAMED: &str = "SELECT prefix, digest, owner, description, scopes, roles, created_at, \
     expires_at, revoked_at, last_used_at, replaces FROM auth_api_keys WHERE prefix = $1";

const LIST: &str = "SELECT prefix, digest, owner, description, scopes, roles, created_at, \
     expires_at, revoked_at, last_used_at, replaces FROM auth_api_keys \
     WHERE $1 IS NULL OR owner = $1 ORDER BY created_at DESC, prefix";

const INSERT: &str = "INSERT INTO auth_api_keys (prefix, digest, owner, description, scopes, \
     roles, created_at, expires_at, revoked_at, last_used_at, replaces) \
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";

const REVOKE: &str = "UPDATE auth_api_keys SET revoked_at = COALESCE(revoked_at, $2) \
     WHERE prefix = $1";

const EXPIRE: &str = "UPDATE auth_api_keys \
     SET expires_at = CASE WHEN expires_at < $2 THEN expires_at ELSE $2 END \
     WHERE prefix = $1 AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > $3)";

const SUCCESSOR: &str = "SELECT prefix FROM auth_api_keys WHERE replaces = $1";

const EXISTS: &str = "SELECT EXISTS (SELECT 1 FROM auth_api_keys WHERE prefix = $1)";

/// `prefix` and the rest of [`FIND`], [`NAMED`] and [`LIST`], in their order.
type ApiKeyRow = (
    String,
    Vec<u8>,
    String,
    String,
    String,
    String,
    i64,
    Option<i64>,
    Option<i64>,
    Option<i64>,
    Option<String>,
);

/// Expands to a query on a connection, whose type depends on the database.
macro_rules! insert {
    ($connection:expr, $key:expr, $words:expr) => {
        sqlx::query(INSERT)
            .bind(&$key.prefix)
            .bind(&$key.digest.as_bytes()[..])
            .bind(&$key.owner)
            .bind(&$key.description)
            .bind(&$words.0)
            .bind(&$words.1)
            .bind(column::seconds($key.created_at))
            .bind($key.expires_at.map(column::seconds))
            .bind($key.revoked_at.map(column::seconds))
            .bind($key.last_used_at.map(column::seconds))
            .bind(&$key.replaces)
            .execute($connection)
            .await
    };
}

impl ApiKeyStore for SqlStore {
    async fn find(&self, digest: &ApiKeyDigest) -> Result<Option<ApiKeyRecord>, BoxError> {
        let found = ask!(self, read, |connection| sqlx::query_as(FIND)
            .bind(&digest.as_bytes()[..])
            .fetch_optional(connection)
            .await);
        found
            .and_then(|row| row.map(record).transpose())
            .map_err(|error| self.failed(error))
    }

    async fn find_by_prefix(&self, prefix: &str) -> Result<Option<ApiKeyRecord>, BoxError> {
        let found = ask!(self, read, |connection| sqlx::query_as(NAMED)
            .bind(prefix)
            .fetch_optional(connection)
            .await);
        found
            .and_then(|row| row.map(record).transpose())
            .map_err(|error| self.failed(error))
    }

    async fn list(&self, owner: Option<&str>) -> Result<Vec<ApiKeyRecord>, BoxError> {
        let found = ask!(self, read, |connection| sqlx::query_as(LIST)
            .bind(owner)
            .fetch_all(connection)
            .await);
        found
            .and_then(|rows| rows.into_iter().map(record).collect())
            .map_err(|error| self.failed(error))
    }

    async fn insert(&self, key: &ApiKeyRecord) -> Result<(), BoxError> {
        let words = (column::joined(&key.scopes)?, column::joined(&key.roles)?);
        let inserted = ask!(self, write, |connection| insert!(connection, key, words)
            .map(drop));
        inserted.map_err(|error| self.not_inserted(error))
    }

    async fn revoke(&self, prefix: &str, time: SystemTime) -> Result<bool, BoxError> {
        let revoked = ask!(self, write, |connection| sqlx::query(REVOKE)
            .bind(prefix)
            .bind(column::seconds(time))
            .execute(connection)
            .await
            .map(|done| done.rows_affected()));
        revoked
            .map(|rows| rows > 0)
            .map_err(|error| self.failed(error))
    }

    async fn rotate(
        &self,
        prefix: &str,
        time: SystemTime,
        successor: &ApiKeyRecord,
    ) -> Result<(), RotateError> {
        let words = (
            column::joined(&successor.scopes)?,
            column::joined(&successor.roles)?,
        );
        let rotated = ask!(self, write, |connection| {
            let mut transaction = connection.begin().await?;
            // First, because it locks the row: a revocation or another rotation comes before or
            // after the whole, and what is asked next sees what the one before it has done.
            let expired = sqlx::query(EXPIRE)
                .bind(prefix)
                .bind(column::seconds(time))
                .bind(column::seconds(successor.created_at))
                .execute(&mut *transaction)
                .await?;
            let by: Option<String> = sqlx::query_scalar(SUCCESSOR)
                .bind(prefix)
                .fetch_optional(&mut *transaction)
                .await?;
            let refused = if let Some(by) = by {
                Some(RotateError::Replaced { by })
            } else if expired.rows_affected() > 0 {
                None
            } else {
                let exists = sqlx::query_scalar(EXISTS).bind(prefix);
                let exists: bool = exists.fetch_one(&mut *transaction).await?;
                Some(if exists {
                    RotateError::Ended
                } else {
                    RotateError::Unknown
                })
            };
            if refused.is_some() {
                transaction.rollback().await?;
            } else {
                insert!(&mut *transaction, successor, words)?;
                transaction.commit().await?;
            }
            Ok::<_, sqlx::Error>(refused)
        });
        match rotated.map_err(|error| self.not_inserted(error))? {
            Some(refused) => Err(refused),
            None => Ok(()),
        }
    }

    async fn record_use(&self, uses: &[(String, SystemTime)]) -> Result<(), BoxError> {
        // However many there are: each part is done in time.
        for uses in uses.chunks(1_000) {
            ask!(self, write, |connection| connection.note_uses(uses).await)
                .map_err(|error| self.failed(error))?;
        }
        Ok(())
    }
}

impl SqlStore {
    fn not_inserted(&self, error: sqlx::Error) -> BoxError {
        match error {
            sqlx::Error::Database(error) if error.is_unique_violation() => {
                BoxError::from("there is such an API key already")
            }
            other => self.failed(other),
        }
    }
}

fn record(row: ApiKeyRow) -> sqlx::Result<ApiKeyRecord> {
    let (
        prefix,
        digest,
        owner,
        description,
        scopes,
        roles,
        created_at,
        expires_at,
        revoked_at,
        last_used_at,
        replaces,
    ) = row;
    let digest = <[u8; 32]>::try_from(digest)
        .map_err(|_| sqlx::Error::Decode("a digest that is not 32 bytes long".into()))?;
    let digest = ApiKeyDigest::from_bytes(digest);
    let mut key = ApiKeyRecord::new(prefix, digest, owner, column::time(created_at)?);
    key.description = description;
    key.scopes = column::split(&scopes);
    key.roles = column::split(&roles);
    key.expires_at = expires_at.map(column::time).transpose()?;
    key.revoked_at = revoked_at.map(column::time).transpose()?;
    key.last_used_at = last_used_at.map(column::time).transpose()?;
    key.replaces = replaces;
    Ok(key)
}

/// The one thing that each kind of database is asked in its own words.
trait NoteUses {
    async fn note_uses(&mut self, uses: &[(String, SystemTime)]) -> sqlx::Result<()>;
}

#[cfg(feature = "sqlite")]
impl NoteUses for sqlx::SqliteConnection {
    async fn note_uses(&mut self, uses: &[(String, SystemTime)]) -> sqlx::Result<()> {
        const NOTE: &str = "UPDATE auth_api_keys SET last_used_at = $2 \
             WHERE prefix = $1 AND (last_used_at IS NULL OR last_used_at < $2)";

        let mut transaction = self.begin().await?;
        for (prefix, time) in uses {
            let note = sqlx::query(NOTE).bind(prefix).bind(column::seconds(*time));
            note.execute(&mut *transaction).await?;
        }
        transaction.commit().await
    }
}

#[cfg(feature = "postgres")]
impl NoteUses for sqlx::PgConnection {
    async fn note_uses(&mut self, uses: &[(String, SystemTime)]) -> sqlx::Result<()> {
        // All nodes lock the rows in one order, so that no two of them wait for each other.
        const NOTE: &str = "UPDATE auth_api_keys AS noted SET last_used_at = used.at FROM ( \
                 SELECT key.prefix, used.at FROM auth_api_keys AS key \
                 JOIN UNNEST($1::text[], $2::bigint[]) AS used (prefix, at) \
                 ON used.prefix = key.prefix \
                 WHERE key.last_used_at IS NULL OR key.last_used_at < used.at \
                 ORDER BY key.prefix FOR NO KEY UPDATE OF key \
             ) AS used WHERE noted.prefix = used.prefix";

        let (prefixes, times): (Vec<_>, Vec<_>) = uses
            .iter()
            .map(|(prefix, time)| (prefix.as_str(), column::seconds(*time)))
            .unzip();
        let note = sqlx::query(NOTE).bind(prefixes).bind(times);
        note.execute(self).await.map(drop)
    }
}
