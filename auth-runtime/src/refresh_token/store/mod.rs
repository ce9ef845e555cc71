//! What a store of refresh tokens keeps.

mod memory;

use std::fmt;
use std::future::Future;
use std::time::SystemTime;

pub use self::memory::MemoryRefreshTokens;
use crate::box_error::BoxError;

/// The SHA-256 digest of a refresh token. A token contains a code of 256 bits, so no salt and no slow hash is needed
/// against guessing.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct RefreshTokenDigest([u8; 32]);

impl RefreshTokenDigest {
    /// A digest that a store has kept.
    #[must_use]
    pub fn from_bytes(digest: [u8; 32]) -> Self {
        Self(digest)
    }

    /// The bytes of the digest, for a store to keep.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for RefreshTokenDigest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("RefreshTokenDigest([redacted])")
    }
}

/// The refresh tokens of one login, one after the other, as a store keeps them. Times are whole seconds.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RefreshTokenFamily {
    /// Identifies the family. Unique. It is also the session (`sid`) of the access tokens.
    pub id: String,
    /// The issuer of the access tokens.
    pub issuer: String,
    /// The subject.
    pub subject: String,
    /// The number of the current token, which counts from zero.
    pub generation: u32,
    /// The digest of the current token.
    pub digest: RefreshTokenDigest,
    /// The digest of the token before the current one.
    pub previous_digest: Option<RefreshTokenDigest>,
    /// When the subject logged in.
    pub started_at: SystemTime,
    /// When the current token was issued.
    pub rotated_at: SystemTime,
    /// When the current token expires. At this time it is already invalid.
    pub expires_at: SystemTime,
}

impl RefreshTokenFamily {
    /// A family with its first token.
    #[must_use]
    pub fn new(
        id: impl Into<String>,
        issuer: impl Into<String>,
        subject: impl Into<String>,
        digest: RefreshTokenDigest,
        started_at: SystemTime,
        expires_at: SystemTime,
    ) -> Self {
        Self {
            id: id.into(),
            issuer: issuer.into(),
            subject: subject.into(),
            generation: 0,
            digest,
            previous_digest: None,
            started_at,
            rotated_at: started_at,
            expires_at,
        }
    }
}

/// The next token of a family.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RefreshTokenRotation {
    /// The family.
    pub id: String,
    /// The generation that is replaced.
    pub generation: u32,
    /// The digest of the next token.
    pub digest: RefreshTokenDigest,
    /// When it is issued.
    pub rotated_at: SystemTime,
    /// When it expires.
    pub expires_at: SystemTime,
}

impl RefreshTokenRotation {
    /// Replaces the token of this generation by one with this digest.
    #[must_use]
    pub fn new(
        id: impl Into<String>,
        generation: u32,
        digest: RefreshTokenDigest,
        rotated_at: SystemTime,
        expires_at: SystemTime,
    ) -> Self {
        Self {
            id: id.into(),
            generation,
            digest,
            rotated_at,
            expires_at,
        }
    }
}

/// Where the families of refresh tokens are kept: [`MemoryRefreshTokens`], [`SqlStore`](crate::sql::SqlStore), or
/// your own. All nodes of a service must use one store.
///
/// In a replicated database, read from the primary: [`find`](Self::find) must return everything that any node wrote
/// before the call. A replica that lags behind lacks the newest tokens, which are then refused as invalid, so users
/// would have to log in again.
///
/// # Errors
///
/// The store is unavailable. The text is logged, and never shown to a client.
pub trait RefreshTokenStore: Send + Sync + 'static {
    /// Adds a family.
    ///
    /// # Errors
    ///
    /// If the store fails, or has a family with this id.
    fn insert(
        &self,
        family: &RefreshTokenFamily,
    ) -> impl Future<Output = Result<(), BoxError>> + Send;

    /// The family with this id, as it was last written.
    ///
    /// # Errors
    ///
    /// If the store fails.
    fn find(
        &self,
        id: &str,
    ) -> impl Future<Output = Result<Option<RefreshTokenFamily>, BoxError>> + Send;

    /// Replaces the current token of a family, if its generation is still the one of the rotation. Then the generation
    /// is one more, the digest becomes the previous one, and the other values are those of the rotation. Returns
    /// `false` if there is no such family, or its generation is another one. Of several concurrent calls for one
    /// generation, one returns `true`.
    ///
    /// # Errors
    ///
    /// If the store fails.
    fn rotate(
        &self,
        rotation: &RefreshTokenRotation,
    ) -> impl Future<Output = Result<bool, BoxError>> + Send;

    /// Removes a family. Returns `false` if there is none with this id.
    ///
    /// # Errors
    ///
    /// If the store fails.
    fn remove(&self, id: &str) -> impl Future<Output = Result<bool, BoxError>> + Send;

    /// Removes the families of this issuer, and of this subject if there is one, that started at `latest` or earlier.
    ///
    /// # Errors
    ///
    /// If the store fails.
    fn remove_started(
        &self,
        issuer: &str,
        subject: Option<&str>,
        latest: SystemTime,
    ) -> impl Future<Output = Result<(), BoxError>> + Send;

    /// Removes the families that have expired at `now`, so that the store does not grow.
    ///
    /// # Errors
    ///
    /// If the store fails.
    fn remove_expired(&self, now: SystemTime) -> impl Future<Output = Result<(), BoxError>> + Send;
}
