//! The record of an API key in a store.

use std::fmt;
use std::time::SystemTime;

/// The SHA-256 digest of a whole API key. A key contains 256 random bits, so no salt and no slow hash
/// is needed against guessing.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct ApiKeyDigest([u8; 32]);

impl ApiKeyDigest {
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

impl fmt::Debug for ApiKeyDigest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("ApiKeyDigest([redacted])")
    }
}

/// The record of an API key in a store: everything except the key itself. Times are whole seconds.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ApiKeyRecord {
    /// The public part of the key, which identifies it. Unique.
    pub prefix: String,
    /// The digest of the whole key. Unique.
    pub digest: ApiKeyDigest,
    /// The owner of the key, who is the subject of the identity.
    pub owner: String,
    /// What the key is for, in its owner's words.
    pub description: String,
    /// The scopes that the key grants.
    pub scopes: Vec<String>,
    /// The roles that the key grants.
    pub roles: Vec<String>,
    /// When it was created.
    pub created_at: SystemTime,
    /// When it expires. At this time it is already invalid.
    pub expires_at: Option<SystemTime>,
    /// When it was revoked. Even if the time is in the future, the key is invalid.
    pub revoked_at: Option<SystemTime>,
    /// When it was last used. It is written with a delay; see
    /// [`last_used_every`](crate::ApiKeys::last_used_every).
    pub last_used_at: Option<SystemTime>,
    /// The prefix of the key that this one replaced.
    pub replaces: Option<String>,
}

impl ApiKeyRecord {
    /// A record without description, scopes, roles or expiry, which can be set afterwards.
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
