//! API keys in SQL.

use std::time::SystemTime;

use sqlx::Connection;

use super::{SqlStore, column, on_connection};
use crate::api_key::{ApiKeyDigest, ApiKeyRecord, ApiKeyStore, RotateError};
use crate::box_error::BoxError;

const FIND: &str = "SELECT prefix, digest, owner, description, scopes, roles, created_at, \
     expires_at, revoked_at, last_used_at, replaces FROM auth_api_keys WHERE digest = $1";

const FIND_BY_PREFIX: &str = "SELECT prefix, digest, owner, description, scopes, roles, created_at, \
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

/// `prefix` and the rest of [`FIND`], [`FIND_BY_PREFIX`] and [`LIST`], in their order.
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
    ($connection:expr, $key:expr, $joined:expr) => {
        sqlx::query(INSERT)
            .bind(&$key.prefix)
            .bind(&$key.digest.as_bytes()[..])
            .bind(&$key.owner)
            .bind(&$key.description)
            .bind(&$joined.0)
            .bind(&$joined.1)
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
        let found = on_connection!(self, read, |connection| sqlx::query_as(FIND)
            .bind(&digest.as_bytes()[..])
            .fetch_optional(connection)
            .await);
        found
            .and_then(|row| row.map(record).transpose())
            .map_err(|error| self.failed(error))
    }

    async fn find_by_prefix(&self, prefix: &str) -> Result<Option<ApiKeyRecord>, BoxError> {
        let found = on_connection!(self, read, |connection| sqlx::query_as(FIND_BY_PREFIX)
            .bind(prefix)
            .fetch_optional(connection)
            .await);
        found
            .and_then(|row| row.map(record).transpose())
            .map_err(|error| self.failed(error))
    }

    async fn list(&self, owner: Option<&str>) -> Result<Vec<ApiKeyRecord>, BoxError> {
        let found = on_connection!(self, read, |connection| sqlx::query_as(LIST)
            .bind(owner)
            .fetch_all(connection)
            .await);
        found
            .and_then(|rows| rows.into_iter().map(record).collect())
            .map_err(|error| self.failed(error))
    }

    async fn insert(&self, key: &ApiKeyRecord) -> Result<(), BoxError> {
        let joined = (column::joined(&key.scopes)?, column::joined(&key.roles)?);
        let inserted = on_connection!(self, write, |connection| insert!(connection, key, joined)
            .map(drop));
        inserted.map_err(|error| self.not_inserted(error))
    }

    async fn revoke(&self, prefix: &str, time: SystemTime) -> Result<bool, BoxError> {
        let revoked = on_connection!(self, write, |connection| sqlx::query(REVOKE)
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
        let joined = (
            column::joined(&successor.scopes)?,
            column::joined(&successor.roles)?,
        );
        let rotated = on_connection!(self, write, |connection| {
            let mut transaction = connection.begin().await?;
            // First, because it locks the row: a revocation or another rotation happens before or after this
            // transaction, and the next query sees its effect.
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
                insert!(&mut *transaction, successor, joined)?;
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
        // In chunks, so that each one ends within the time-out.
        for uses in uses.chunks(1_000) {
            on_connection!(self, write, |connection| connection.record_uses(uses).await)
                .map_err(|error| self.failed(error))?;
        }
        Ok(())
    }
}

impl SqlStore {
    fn not_inserted(&self, error: sqlx::Error) -> BoxError {
        match error {
            sqlx::Error::Database(error) if error.is_unique_violation() => BoxError::from(
                "an API key with this prefix or digest, or one that replaces the same key, already exists",
            ),
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

/// The query that differs between the kinds of databases.
trait RecordUses {
    async fn record_uses(&mut self, uses: &[(String, SystemTime)]) -> sqlx::Result<()>;
}

#[cfg(feature = "sqlite")]
impl RecordUses for sqlx::SqliteConnection {
    async fn record_uses(&mut self, uses: &[(String, SystemTime)]) -> sqlx::Result<()> {
        const RECORD_USE: &str = "UPDATE auth_api_keys SET last_used_at = $2 \
             WHERE prefix = $1 AND (last_used_at IS NULL OR last_used_at < $2)";

        let mut transaction = self.begin().await?;
        for (prefix, time) in uses {
            let query = sqlx::query(RECORD_USE)
                .bind(prefix)
                .bind(column::seconds(*time));
            query.execute(&mut *transaction).await?;
        }
        transaction.commit().await
    }
}

#[cfg(feature = "postgres")]
impl RecordUses for sqlx::PgConnection {
    async fn record_uses(&mut self, uses: &[(String, SystemTime)]) -> sqlx::Result<()> {
        // All nodes lock the rows in the same order, so that there is no deadlock.
        const RECORD_USE: &str = "UPDATE auth_api_keys AS noted SET last_used_at = used.at FROM ( \
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
        let query = sqlx::query(RECORD_USE).bind(prefixes).bind(times);
        query.execute(self).await.map(drop)
    }
}
