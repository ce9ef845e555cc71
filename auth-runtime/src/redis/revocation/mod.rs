//! A list of revocations that all nodes share through Redis.

mod builder;
mod entry;
mod feed;
mod health;
mod position;
mod writing;

use std::collections::BTreeSet;
use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, SystemTime};

use tokio::runtime::Handle;
use tokio::sync::watch;
use tokio::time::Instant;

pub use self::builder::RedisRevocationBuilder;
use self::builder::RedisSettings;
use self::entry::EntryId;
use self::position::{Lacking, Position};
use self::writing::WRITE_TIMEOUTS;
use crate::box_error::BoxError;
use crate::lock::Mutex;
use crate::redis::connection::Target;
use crate::redis::shared_connection::SharedConnection;
use crate::revocation::rules::{Rules, SLACK};
use crate::revocation::{Revocation, RevocationQuery, RevocationStatus, RevocationTarget, Revoked};

/// A list of revoked tokens that all nodes share through Redis. Clones share the list.
///
/// Like [`MemoryRevocation`](crate::revocation::MemoryRevocation), every node has the whole list in memory, so
/// no request waits for Redis. The list is a Redis stream: [revoking](Revocation::revoke) adds an entry, and
/// each node reads the stream when it starts, and then receives new entries.
///
/// ```no_run
/// # fn start(jwt: auth_runtime::Jwt) -> Result<(), auth_runtime::BoxError> {
/// use std::time::Duration;
///
/// use auth_runtime::Auth;
/// use auth_runtime::redis::RedisRevocation;
///
/// let revocation = RedisRevocation::builder("rediss://api:password@redis.example/0")
///     .prefix("shop")
///     .entry_ttl(Duration::from_secs(12 * 3600))
///     .build()?;
/// let auth = Auth::builder().bearer(jwt).revocation(revocation).build()?;
/// # Ok(())
/// # }
/// ```
///
/// | | default |
/// |---|---|
/// | [`prefix`](RedisRevocationBuilder::prefix) | `auth`: the stream is `auth:revoked` |
/// | [`entry_ttl`](RedisRevocationBuilder::entry_ttl) | 24 hours |
/// | [`stale_for`](RedisRevocationBuilder::stale_for) | 60 seconds |
/// | [`keep_serving`](RedisRevocationBuilder::keep_serving) | off: 503 after that time |
///
/// It needs the feature `redis`, and Redis 6.2 or later, or Valkey. Redis Cluster is not supported. `rediss://`
/// verifies certificates with the certificate authorities of the system, or with those in the file that
/// `SSL_CERT_FILE` names.
///
/// # Outages
///
/// 1. If Redis is down when the service starts, requests with a bearer token get 503 until the list has been
///    read.
/// 2. If Redis becomes unavailable, the last known list stays in use, and [`status`](Revocation::status) reports
///    that it is degraded. After [`stale_for`](RedisRevocationBuilder::stale_for) requests get 503, unless
///    [`keep_serving`](RedisRevocationBuilder::keep_serving) is set. So a token that was revoked on another node
///    is accepted for at most that time. A token that was revoked on this node, or whose revocation was read
///    before, is never accepted.
/// 3. [`revoke`](Revocation::revoke) takes effect on its own node at once. It returns an error if Redis does not
///    confirm it within 2 seconds: retry then. If the node is still running when Redis is back, it also writes
///    the revocation itself.
/// 4. When Redis is back, reading continues after the last entry that was read. If Redis has lost data (a
///    restart without persistence, an older backup, `FLUSHALL`, an evicted key), every node keeps its list, and
///    one of them writes back the missing entries. A node that *starts* in the one or two seconds before that has
///    an incomplete list until then. If no running node knows the missing entries, they are not written back:
///    configure Redis with `appendonly yes` and `maxmemory-policy noeviction`. If Redis refuses the writes (out of
///    memory, no permission), the node continues to serve requests, reports it in `status`, and retries every 10
///    seconds.
/// 5. An entry that this version can't read might revoke any token. So it revokes all tokens that were issued
///    before it was written, or within the leeway of their issuer after that. Clients get new tokens, `status`
///    reports that the list is degraded, and an error is logged. If Redis loses such an entry, it is not written
///    back.
/// 6. A node of a version without [`Revoked::issuer`](crate::revocation::Revoked::issuer) can't read the entry of
///    such a revocation, so it revokes all tokens of all issuers, as in 5. Update all nodes before you revoke an
///    issuer.
///
/// # Deployment
///
/// * A client that can write to Redis can revoke tokens, and one that can delete there can hide revocations from
///   nodes. Give the service its own user, such as `ACL SETUSER api on >password ~auth:revoked* +xadd +xread
///   +xrange +set +del +select +client`.
/// * Use the same [`entry_ttl`](RedisRevocationBuilder::entry_ttl) on all nodes.
/// * An entry takes about 100 bytes, in Redis and on each node, and is kept for `entry_ttl` plus one hour.
#[derive(Clone)]
#[must_use = "pass it to `AuthBuilder::revocation`"]
pub struct RedisRevocation(Arc<List>);

/// The copy of the list on this node.
struct List {
    target: Arc<Target>,
    settings: RedisSettings,
    /// The key of the stream.
    key: String,
    rules: Rules,
    position: Mutex<Position>,
    /// When the list was last known to be complete, in milliseconds after `made`; 0 if it never was.
    contact: AtomicU64,
    made: Instant,
    /// Why there is no contact to Redis now.
    problem: Mutex<Option<String>>,
    /// Why Redis refuses to store missing entries.
    refusal: Mutex<Option<String>>,
    /// The number of unreadable entries.
    unreadable: AtomicUsize,
    /// Whether the list has been read at least once.
    loaded: watch::Sender<bool>,
    /// Whether a task reads the stream. `false` after its runtime has ended.
    running: Arc<AtomicBool>,
    /// The connection for writing revocations.
    writer: SharedConnection,
}

impl RedisRevocation {
    /// A list in the Redis server at `url`, with the default settings. The URL begins with `redis://`,
    /// `rediss://` for TLS, or `unix://`.
    ///
    /// This does not connect to Redis. A background task does, which starts when an [`Auth`](crate::Auth) is
    /// built with the list in a tokio runtime, or else with the first request.
    ///
    /// # Errors
    ///
    /// The URL is invalid, or there are no certificate authorities. The message does not show the URL.
    pub fn new(url: &str) -> Result<Self, BoxError> {
        Self::builder(url).build()
    }

    /// A list in the Redis server at `url`, with other settings.
    pub fn builder(url: &str) -> RedisRevocationBuilder {
        RedisRevocationBuilder::new(url)
    }

    fn of(target: Target, settings: RedisSettings) -> Self {
        let target = Arc::new(target);
        Self(Arc::new(List {
            writer: SharedConnection::new(Arc::clone(&target), WRITE_TIMEOUTS),
            target,
            key: format!("{}:revoked", settings.prefix),
            settings,
            rules: Rules::new(),
            position: Mutex::default(),
            contact: AtomicU64::new(0),
            made: Instant::now(),
            problem: Mutex::default(),
            refusal: Mutex::default(),
            unreadable: AtomicUsize::new(0),
            loaded: watch::Sender::new(false),
            running: Arc::default(),
        }))
    }

    /// Starts the task that reads the stream, unless it is running or there is no runtime.
    fn keep_reading(&self) {
        if self.0.running.load(Ordering::Relaxed) {
            return;
        }
        let Ok(runtime) = Handle::try_current() else {
            return;
        };
        if !self.0.running.swap(true, Ordering::AcqRel) {
            let running = Running(Arc::clone(&self.0.running));
            runtime.spawn(feed::follow(Arc::downgrade(&self.0), running));
        }
    }
}

/// Marks the task as not running when it ends, even if it is dropped with its runtime.
struct Running(Arc<AtomicBool>);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Release);
    }
}

impl Revocation for RedisRevocation {
    fn check(&self, token: &RevocationQuery<'_>, _: SystemTime) -> Result<bool, BoxError> {
        self.keep_reading();
        self.0.check_contact()?;
        Ok(self.0.rules.check(token))
    }

    async fn revoke(&self, revoked: Revoked) -> Result<(), BoxError> {
        self.keep_reading();
        if let RevocationTarget::Subject { before, .. } | RevocationTarget::Issuer { before, .. } =
            revoked.what()
            && before
                .duration_since(SystemTime::now())
                .is_ok_and(|ahead| ahead > SLACK)
        {
            return Err(
                "`before` is in the future: future tokens can't be revoked, so use the current time".into(),
            );
        }
        // On this node first, so that it refuses the tokens even if Redis is unavailable.
        self.0.rules.add(revoked.clone(), self.0.settings.entry_ttl);
        self.0.share(&revoked).await
    }

    fn retention(&self) -> Duration {
        self.0.settings.entry_ttl
    }

    fn status(&self) -> RevocationStatus {
        self.keep_reading();
        RevocationStatus {
            entries: self.0.rules.len(),
            behind_seconds: self.0.behind().map(|behind| behind.as_secs_f64()),
            degraded: self.0.degraded(),
        }
    }

    fn start(&self) {
        self.keep_reading();
    }

    fn ready(&self) -> impl Future<Output = ()> + Send {
        let mut loaded = self.0.loaded.subscribe();
        async move {
            self.keep_reading();
            // The sender is a part of the list, so it is not dropped.
            let _ = loaded.wait_for(|loaded| *loaded).await;
        }
    }

    fn is_ready(&self) -> bool {
        self.keep_reading();
        *self.0.loaded.borrow()
    }
}

impl List {
    fn lacking(&self) -> Lacking {
        self.position.lock().lacking()
    }

    fn last_read(&self) -> EntryId {
        self.position.lock().read()
    }

    fn record_read(&self, id: EntryId) {
        self.position.lock().record_read(id);
    }

    fn unread(&self) -> BTreeSet<EntryId> {
        self.position.lock().unread()
    }

    fn are_read(&self, entries: &BTreeSet<EntryId>) -> bool {
        self.position.lock().are_read(entries)
    }

    /// How long an entry stays in the stream.
    fn remembered(&self) -> Duration {
        self.settings.entry_ttl.saturating_add(SLACK)
    }
}

/// Shows the server and the status, without credentials and without what is revoked.
impl fmt::Debug for RedisRevocation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("RedisRevocation")
            .field("server", &format_args!("{}", self.0.target))
            .field("key", &self.0.key)
            .field("status", &self.status())
            .finish_non_exhaustive()
    }
}
