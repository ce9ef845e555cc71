//! A key as a store keeps it.

use std::fmt;
use std::time::SystemTime;

/// The SHA-256 digest of a whole API key. A key has 256 random bits of its own, so that no salt and
/// no slow hash is needed to keep it from being guessed.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct ApiKeyDigest([u8; 32]);

impl ApiKeyDigest {
    /// From what [`as_bytes`](Self::as_bytes) gave, for a store that reads it back.
    #[must_use]
    pub fn from_bytes(digest: [u8; 32]) -> Self {
        Self(digest)
    }

    /// The digest, for a store to keep.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for ApiKeyDigest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("ApiKeyDigest([redacted])")
    }
}

/// An API key as a store keeps it: everything but the key. Times are whole seconds.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ApiKeyRecord {
    /// The public beginning of the key, unique: what people and logs name it by.
    pub prefix: String,
    /// The digest of the whole key, unique.
    pub digest: ApiKeyDigest,
    /// Whose key it is: the subject of the identity.
    pub owner: String,
    /// What it is for, in its owner's words.
    pub description: String,
    /// The scopes granted.
    pub scopes: Vec<String>,
    /// The roles held.
    pub roles: Vec<String>,
    /// When it was made.
    pub created_at: SystemTime,
    /// From when on it is no good.
    pub expires_at: Option<SystemTime>,
    /// Since when it is no good.
    pub revoked_at: Option<SystemTime>,
    /// When it was last used, late by a while.
    pub last_used_at: Option<SystemTime>,
    /// The prefix of the key that this one replaced.
    pub replaces: Option<String>,
}

impl ApiKeyRecord {
    /// A key without scopes, roles, an expiry or a history: the rest is for setting.
    #[must_use]
    pub fn new(
        prefix: impl Into<String>,
        digest: ApiKeyDigest,
        owner: impl Into<String>,
        created_at: SystemTime,
    ) -> Self {
        Self {
            prefix: prefix.into(),
            digest,
            owner: owner.into(),
            description: String::new(),
            scopes: Vec::new(),
            roles: Vec::new(),
            created_at,
            expires_at: None,
            revoked_at: None,
            last_used_at: None,
            replaces: None,
        }
    }
}
