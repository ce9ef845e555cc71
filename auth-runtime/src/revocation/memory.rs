//! Revocation for a service with a single process.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use super::rules::{DEFAULT_ENTRY_TTL, Rules};
use super::{Revocation, RevocationQuery, RevocationStatus, Revoked};
use crate::box_error::BoxError;

/// A list of revoked tokens in memory. Clones share the list.
///
/// A restart clears the list, and other nodes do not see it. For a service with several nodes use
#[cfg_attr(
    feature = "redis",
    doc = "[`RedisRevocation`](crate::redis::RedisRevocation)."
)]
#[cfg_attr(not(feature = "redis"), doc = "`RedisRevocation` (feature `redis`).")]
/// A check reads one integer while nothing is revoked, and takes a few hash look-ups otherwise.
///
/// | a revocation of | covers | is remembered |
/// |---|---|---|
/// | [a token](Revoked::token) | this `jti` of this issuer | until the token expires |
/// | [a subject](Revoked::subject) | tokens that could have been issued at or before that second, and those without `iat`; the latest time counts | for [`entry_ttl`](MemoryRevocationBuilder::entry_ttl) |
/// | [an issuer](Revoked::issuer) | the same for all tokens of the issuer | for [`entry_ttl`](MemoryRevocationBuilder::entry_ttl) |
/// | [a session](Revoked::session) | tokens with this `sid` | for [`entry_ttl`](MemoryRevocationBuilder::entry_ttl) |
///
/// All are remembered for an hour longer, measured with a monotonic clock.
///
/// ```
/// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
/// use std::time::SystemTime;
///
/// use auth_runtime::routing::get;
/// use auth_runtime::{Auth, Router, require_auth};
/// use auth_runtime::revocation::{MemoryRevocation, Revoked};
/// use auth_runtime::testing::Issuer;
/// use axum::{body::Body, http::Request};
/// use tower::ServiceExt;
///
/// #[require_auth]
/// async fn hello() {}
///
/// let issuer = Issuer::new("https://issuer.example", "https://api.example");
/// let auth = Auth::builder()
///     .bearer(issuer.jwt())
///     .revocation(MemoryRevocation::new())
///     .build()?;
/// let app = Router::new().route("/", get(hello)).with_auth(auth.clone());
///
/// let alice = format!("Bearer {}", issuer.token("alice").sign());
/// let request = || Request::get("/").header("authorization", &alice).body(Body::empty()).unwrap();
/// assert_eq!(app.clone().oneshot(request()).await?.status(), 200);
///
/// let all_of_alice = Revoked::subject("https://issuer.example", "alice", SystemTime::now());
/// auth.revoke(all_of_alice).await?;
/// assert_eq!(app.oneshot(request()).await?.status(), 401);
/// # Ok::<(), auth_runtime::BoxError>(())
/// # }).unwrap();
/// ```
#[derive(Clone)]
#[must_use = "pass it to `AuthBuilder::revocation`"]
pub struct MemoryRevocation {
    rules: Arc<Rules>,
    entry_ttl: Duration,
}

/// Settings of a [`MemoryRevocation`].
#[derive(Clone, Copy, Debug)]
#[must_use = "call `build`"]
pub struct MemoryRevocationBuilder {
    entry_ttl: Duration,
}

impl MemoryRevocation {
    /// An empty list with the default settings.
    pub fn new() -> Self {
        Self::builder().build()
    }

    /// An empty list with other settings.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use auth_runtime::revocation::{MemoryRevocation, Revocation};
    ///
    /// let twelve_hours = Duration::from_secs(12 * 3600);
    /// let revocation = MemoryRevocation::builder().entry_ttl(twelve_hours).build();
    /// assert_eq!(revocation.retention(), twelve_hours);
    /// ```
    pub fn builder() -> MemoryRevocationBuilder {
        MemoryRevocationBuilder {
            entry_ttl: DEFAULT_ENTRY_TTL,
        }
    }
}

impl MemoryRevocationBuilder {
    /// How long revocations of issuers, subjects and sessions are remembered, in whole seconds; 24 hours by
    /// default.
    ///
    /// Set it to the longest lifetime of your tokens. A token that is older counts as revoked, because its
    /// revocation may have been forgotten. A token without `iat` does not, because its age is unknown.
    pub fn entry_ttl(self, entry_ttl: Duration) -> Self {
        Self { entry_ttl }
    }

    /// Makes the empty list.
    pub fn build(self) -> MemoryRevocation {
        MemoryRevocation {
            rules: Arc::new(Rules::new()),
            entry_ttl: self.entry_ttl,
        }
    }
}

impl Default for MemoryRevocation {
    fn default() -> Self {
        Self::new()
    }
}

impl Revocation for MemoryRevocation {
    fn check(&self, token: &RevocationQuery<'_>, _: SystemTime) -> Result<bool, BoxError> {
        Ok(self.rules.check(token))
    }

    async fn revoke(&self, revoked: Revoked) -> Result<(), BoxError> {
        self.rules.add(revoked, self.entry_ttl);
        Ok(())
    }

    fn retention(&self) -> Duration {
        self.entry_ttl
    }

    fn status(&self) -> RevocationStatus {
        RevocationStatus {
            entries: self.rules.len(),
            behind_seconds: Some(0.0),
            degraded: None,
        }
    }
}

/// Does not show what is revoked, which must not be logged.
impl fmt::Debug for MemoryRevocation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("MemoryRevocation")
            .field("entries", &self.rules.len())
            .field("entry_ttl", &self.entry_ttl)
            .finish_non_exhaustive()
    }
}
