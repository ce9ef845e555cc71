//! Refresh tokens in SQL.

use std::time::SystemTime;

use super::{SqlStore, column, on_connection};
use crate::box_error::BoxError;
use crate::refresh_token::{
    RefreshTokenDigest, RefreshTokenFamily, RefreshTokenRotation, RefreshTokenStore,
};

const INSERT: &str = "INSERT INTO auth_refresh_tokens (id, issuer, subject, generation, digest, \
     previous_digest, started_at, rotated_at, expires_at) \
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";

const FIND: &str = "SELECT issuer, subject, generation, digest, previous_digest, started_at, \
     rotated_at, expires_at FROM auth_refresh_tokens WHERE id = $1";

/// One condition decides which of several nodes rotates a generation.
const ROTATE: &str = "UPDATE auth_refresh_tokens SET generation = generation + 1, \
     previous_digest = digest, digest = $3, rotated_at = $4, expires_at = $5 \
     WHERE id = $1 AND generation = $2";

const REMOVE: &str = "DELETE FROM auth_refresh_tokens WHERE id = $1";

const REMOVE_OF_SUBJECT: &str =
    "DELETE FROM auth_refresh_tokens WHERE issuer = $1 AND subject = $2 AND started_at <= $3";

const REMOVE_OF_ISSUER: &str =
    "DELETE FROM auth_refresh_tokens WHERE issuer = $1 AND started_at <= $2";

const REMOVE_EXPIRED: &str = "DELETE FROM auth_refresh_tokens WHERE expires_at <= $1";

/// The columns of [`FIND`].
type FamilyRow = (String, String, i64, Vec<u8>, Option<Vec<u8>>, i64, i64, i64);

impl RefreshTokenStore for SqlStore {
    async fn insert(&self, family: &RefreshTokenFamily) -> Result<(), BoxError> {
        let previous = family.previous_digest.map(|digest| *digest.as_bytes());
        let previous = previous.as_ref().map(|digest| &digest[..]);
        let inserted = on_connection!(self, write, |connection| sqlx::query(INSERT)
            .bind(&family.id)
            .bind(&family.issuer)
            .bind(&family.subject)
            .bind(i64::from(family.generation))
            .bind(&family.digest.as_bytes()[..])
            .bind(previous)
            .bind(column::seconds(family.started_at))
            .bind(column::seconds(family.rotated_at))
            .bind(column::seconds(family.expires_at))
            .execute(connection)
            .await
            .map(drop));
        inserted.map_err(|error| self.failed(error))
    }

    async fn find(&self, id: &str) -> Result<Option<RefreshTokenFamily>, BoxError> {
        let found = on_connection!(self, read, |connection| sqlx::query_as(FIND)
            .bind(id)
            .fetch_optional(connection)
            .await);
        found
            .and_then(|row| row.map(|row| family(id, row)).transpose())
            .map_err(|error| self.failed(error))
    }

    async fn rotate(&self, rotation: &RefreshTokenRotation) -> Result<bool, BoxError> {
        let rotated = on_connection!(self, write, |connection| sqlx::query(ROTATE)
            .bind(&rotation.id)
            .bind(i64::from(rotation.generation))
            .bind(&rotation.digest.as_bytes()[..])
            .bind(column::seconds(rotation.rotated_at))
            .bind(column::seconds(rotation.expires_at))
            .execute(connection)
            .await
            .map(|done| done.rows_affected()));
        rotated
            .map(|rows| rows > 0)
            .map_err(|error| self.failed(error))
    }

    async fn remove(&self, id: &str) -> Result<bool, BoxError> {
        let removed = on_connection!(self, write, |connection| sqlx::query(REMOVE)
            .bind(id)
            .execute(connection)
            .await
            .map(|done| done.rows_affected()));
        removed
            .map(|rows| rows > 0)
            .map_err(|error| self.failed(error))
    }

    async fn remove_started(
        &self,
        issuer: &str,
        subject: Option<&str>,
        latest: SystemTime,
    ) -> Result<(), BoxError> {
        let latest = column::seconds(latest);
        let removed = on_connection!(self, write, |connection| match subject {
            Some(subject) => sqlx::query(REMOVE_OF_SUBJECT)
                .bind(issuer)
                .bind(subject)
                .bind(latest)
                .execute(connection),
            None => sqlx::query(REMOVE_OF_ISSUER)
                .bind(issuer)
                .bind(latest)
                .execute(connection),
        }
        .await
        .map(drop));
        removed.map_err(|error| self.failed(error))
    }

    async fn remove_expired(&self, now: SystemTime) -> Result<(), BoxError> {
        let removed = on_connection!(self, write, |connection| sqlx::query(REMOVE_EXPIRED)
            .bind(column::seconds(now))
            .execute(connection)
            .await
            .map(drop));
        removed.map_err(|error| self.failed(error))
    }
}

fn family(id: &str, row: FamilyRow) -> sqlx::Result<RefreshTokenFamily> {
    let (issuer, subject, generation, current, previous, started_at, rotated_at, expires_at) = row;
    let mut family = RefreshTokenFamily::new(
        id,
        issuer,
        subject,
        digest(current)?,
        column::time(started_at)?,
        column::time(expires_at)?,
    );
    family.generation = u32::try_from(generation)
        .map_err(|_| sqlx::Error::Decode("a generation that is out of range".into()))?;
    family.previous_digest = previous.map(digest).transpose()?;
    family.rotated_at = column::time(rotated_at)?;
    Ok(family)
}

fn digest(octets: Vec<u8>) -> sqlx::Result<RefreshTokenDigest> {
    <[u8; 32]>::try_from(octets)
        .map(RefreshTokenDigest::from_bytes)
        .map_err(|_| sqlx::Error::Decode("a digest that is not 32 bytes long".into()))
}
