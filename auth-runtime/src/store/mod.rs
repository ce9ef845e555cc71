//! What outlives a request: users and API keys, and what was revoked.
//!
//! A store answers questions and changes rows. What an answer is worth, who may have it cached and
//! for how long, is decided by the authenticators.

#[cfg(feature = "api-keys")]
mod api_keys;
mod error;
mod revocation;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
mod sql;
#[cfg(feature = "basic")]
mod users;

#[cfg(feature = "api-keys")]
pub use api_keys::{ApiKeyDigest, ApiKeyRecord, ApiKeyStore, MemoryApiKeys, RotateError};
pub use error::StoreError;
#[cfg(feature = "redis")]
pub use revocation::RedisRevocation;
pub(crate) use revocation::RevocationList;
pub use revocation::{
    MemoryRevocation, Revocation, RevocationStatus, Revoked, RevokedWhat, TokenIds,
};
#[cfg(any(feature = "sqlite", feature = "postgres"))]
pub use sql::SqlStore;
#[cfg(feature = "basic")]
pub use users::{User, UserFile, UserStore, Users};
