//! The record of a session in a store.

use std::fmt;
use std::time::{Duration, SystemTime};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// The longest interval in which the last use of a session is written.
const LONGEST_INTERVAL: Duration = Duration::from_secs(60);

/// The SHA-256 digest of the identifier of a session. An identifier has 256 random bits, so no salt and no slow hash is
/// needed against guessing.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct SessionDigest([u8; 32]);

impl SessionDigest {
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

impl SessionDigest {
    /// The name of the session.
    pub(crate) fn id(&self) -> String {
        // Half of it is unique, and does not let anyone find the session in the store.
        let (half, _) = self.0.split_at(16);
        URL_SAFE_NO_PAD.encode(half)
    }
}

impl fmt::Debug for SessionDigest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("SessionDigest([redacted])")
    }
}

/// A session as a store keeps it: everything except its identifier. Times are whole milliseconds.
///
/// The serialized form has everything except the digest and the last use, which a store keeps by themselves.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SessionRecord {
    /// The digest of the identifier. Unique.
    #[serde(skip, default = "no_digest")]
    pub digest: SessionDigest,
    /// The issuer of the caller's identity.
    pub issuer: String,
    /// The subject.
    pub subject: String,
    /// The session at the provider that the caller logged in with: the `sid` of its ID token.
    pub provider_session_id: Option<String>,
    /// A text for a page that lists the caller's sessions, such as the name of the device.
    pub label: Option<String>,
    /// When the caller logged in (`auth_time`).
    pub authenticated_at: SystemTime,
    /// How the caller logged in (`acr`).
    pub acr: Option<String>,
    /// The methods by which the caller logged in (`amr`, RFC 8176).
    pub amr: Vec<String>,
    /// The scopes of the caller.
    pub scopes: Vec<String>,
    /// Whether it is known that the caller has no other scopes.
    pub scopes_are_complete: bool,
    /// The roles of the caller.
    pub roles: Vec<String>,
    /// Whether it is known that the caller has no other roles.
    pub roles_are_complete: bool,
    /// The claims of the caller.
    pub claims: Map<String, Value>,
    /// When the session was started.
    pub created_at: SystemTime,
    /// When the session was last used. It is written with a delay of at most
    /// [`use_interval`](Self::use_interval).
    #[serde(skip, default = "no_time")]
    pub last_seen_at: SystemTime,
    /// How long the session stays valid without being used.
    pub idle_timeout: Duration,
    /// When the session ends, however often it is used.
    pub ends_at: SystemTime,
    /// Whether the browser keeps the cookie after the browser is closed.
    pub is_persistent: bool,
    /// A secret of the application, encrypted.
    pub sealed: Option<Vec<u8>>,
}

fn no_digest() -> SessionDigest {
    SessionDigest([0; 32])
}

fn no_time() -> SystemTime {
    SystemTime::UNIX_EPOCH
}

impl SessionRecord {
    /// A session that starts at `created_at`, without scopes, roles, claims and a sealed value, which can be set
    /// afterwards.
    #[must_use]
    pub fn new(
        digest: SessionDigest,
        issuer: impl Into<String>,
        subject: impl Into<String>,
        created_at: SystemTime,
        idle_timeout: Duration,
        ends_at: SystemTime,
    ) -> Self {
        Self {
            digest,
            issuer: issuer.into(),
            subject: subject.into(),
            provider_session_id: None,
            label: None,
            authenticated_at: created_at,
            acr: None,
            amr: Vec::new(),
            scopes: Vec::new(),
            scopes_are_complete: false,
            roles: Vec::new(),
            roles_are_complete: false,
            claims: Map::new(),
            created_at,
            last_seen_at: created_at,
            idle_timeout,
            ends_at,
            is_persistent: false,
            sealed: None,
        }
    }

    /// The name of the session on a page that lists the sessions of a caller.
    /// [`Sessions::end_one`](crate::Sessions::end_one) ends the session with this name. It is not a secret, and not the
    /// identifier in the cookie.
    #[must_use]
    pub fn id(&self) -> String {
        self.digest.id()
    }

    /// How old [`last_seen_at`](Self::last_seen_at) may become before a use is written: a tenth of the idle time-out,
    /// at most a minute.
    #[must_use]
    pub fn use_interval(&self) -> Duration {
        (self.idle_timeout / 10).min(LONGEST_INTERVAL)
    }

    /// When the session times out, if it is not used again. A use may not have been written yet, so the
    /// [interval](Self::use_interval) is added to the idle time-out.
    #[must_use]
    pub fn timeout_at(&self) -> SystemTime {
        let idle = self.idle_timeout.saturating_add(self.use_interval());
        let idle_end = self.last_seen_at.checked_add(idle);
        idle_end.map_or(self.ends_at, |idle_end| idle_end.min(self.ends_at))
    }

    /// Whether the session has timed out at `now`.
    #[must_use]
    pub fn has_ended(&self, now: SystemTime) -> bool {
        self.timeout_at() <= now
    }
}

impl fmt::Debug for SessionRecord {
    /// Without the claims, which are personal data, and the sealed value.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("SessionRecord")
            .field("issuer", &self.issuer)
            .field("subject", &self.subject)
            .field("created_at", &self.created_at)
            .field("last_seen_at", &self.last_seen_at)
            .field("ends_at", &self.ends_at)
            .finish_non_exhaustive()
    }
}

/// A session, and the time at which the store was read.
#[derive(Clone, Debug, PartialEq)]
#[allow(
    clippy::exhaustive_structs,
    reason = "a store of the application makes it, and it is complete"
)]
pub struct FoundSession {
    /// The session.
    pub session: SessionRecord,
    /// The time of the store's clock when the session was read.
    pub now: SystemTime,
}
