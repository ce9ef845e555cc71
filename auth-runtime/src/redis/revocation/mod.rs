//! Revocations that all nodes share, through Redis.

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
use crate::box_error::BoxError;
use crate::lock::Mutex;
use crate::redis::connection::{Connection, Target};
use crate::revocation::rules::{Rules, SLACK};
use crate::revocation::{Revocation, RevocationQuery, RevocationStatus, RevocationTarget, Revoked};

/// Revoked tokens, shared by all nodes through Redis. Clones are the same list.
///
/// Every node has the whole list in memory, as [`MemoryRevocation`](crate::revocation::MemoryRevocation) has, so
/// that no request waits for Redis. The list is a Redis stream: [revoking](Revocation::revoke) adds an
/// entry, and each node reads the stream when it starts and is sent what is added from then on.
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
/// Needs the feature `redis`, and Redis 6.2 or Valkey; no cluster. `rediss://` is verified with the
/// certificate authorities of the system, or those in the file that `SSL_CERT_FILE` names.
///
/// # Outages
///
/// 1. The service starts while Redis is down. Until the list was read once, requests with a bearer
///    token are answered 503.
/// 2. When Redis is lost, the list as it was last known goes on, and [`status`](Revocation::status)
///    says that it is degraded. After [`stale_for`](RedisRevocationBuilder::stale_for) requests are
///    answered 503, unless [`keep_serving`](RedisRevocationBuilder::keep_serving) says otherwise. So a
///    token that was revoked on another node is accepted at most that long; one that was revoked here,
///    or read before, is never.
/// 3. [`revoke`](Revocation::revoke) takes effect on its own node at once, and is an error if Redis did
///    not confirm it within 2 seconds: try again. So does the node itself when Redis is back, if it
///    still runs by then.
/// 4. When Redis is back, reading goes on after the last entry that was read. If data was lost (a
///    restart without persistence, an older backup, `FLUSHALL`, an evicted key), every node keeps what
///    it knows and the first one writes back what is missing. A node that *starts* in the second or two
///    before has an incomplete list for that long, and nothing is written back if no node is left that
///    knows: give Redis `appendonly yes` and `maxmemory-policy noeviction`. If Redis refuses what is
///    written (no room, no permission), a node serves on, says so in `status`, and tries again every
///    10 seconds.
/// 5. An entry that this version can't read might revoke anything. So it revokes everything: all tokens
///    issued before it was written, or within the leeway of their issuer after that. Clients get new ones, `status` says that the list is degraded, and
///    the log has an error. Of what is lost, this is not written back.
/// 6. A node of a version without [`Revoked::issuer`](crate::revocation::Revoked::issuer) cannot read the entry of such a
///    revocation. It revokes everything, as in 5: all tokens, of all issuers, that were issued before the
///    entry was written. Update all nodes before you revoke an issuer.
///
/// # Deployment
///
/// * Who can write to Redis can revoke, and who can delete there can keep others from learning of
///   revocations: give the service a user of its own, such as `ACL SETUSER api on >password
///   ~auth:revoked* +xadd +xread +xrange +set +del +select +client`.
/// * All nodes have the same [`entry_ttl`](RedisRevocationBuilder::entry_ttl).
/// * Entries are about 100 bytes and stay for `entry_ttl` and an hour, in Redis and on each node.
#[derive(Clone)]
#[must_use = "give it to `AuthBuilder::revocation`"]
pub struct RedisRevocation(Arc<List>);

/// The copy of this node, and how it is kept.
struct List {
    target: Arc<Target>,
    settings: RedisSettings,
    /// Of the stream.
    key: String,
    rules: Rules,
    position: Mutex<Position>,
    /// When it was last known to be complete, in milliseconds after `made`; 0 if it never was.
    contact: AtomicU64,
    made: Instant,
    /// Why there is no contact now.
    problem: Mutex<Option<String>>,
    /// Why Redis does not take what it lacks.
    refusal: Mutex<Option<String>>,
    /// Entries that were no revocations.
    unreadable: AtomicUsize,
    /// Whether the list was read once.
    loaded: watch::Sender<bool>,
    /// Whether a task reads the stream. It is not if its runtime is gone.
    running: Arc<AtomicBool>,
    /// What revocations are written by.
    writer: tokio::sync::Mutex<Option<Connection>>,
}

impl RedisRevocation {
    /// The list in the Redis server at `url`: `redis://`, `rediss://` for TLS, or `unix://`. The settings
    /// are the default ones.
    ///
    /// This does not connect to Redis. A background task does, from when an [`Auth`](crate::Auth) is built
    /// with the list in a Tokio runtime, or else from the first request.
    ///
    /// # Errors
    ///
    /// The URL is not of such a form, or there are no certificate authorities. The text of the error does
    /// not show the URL.
    pub fn new(url: &str) -> Result<Self, BoxError> {
        Self::builder(url).build()
    }

    /// The list in the Redis server at `url`, with other settings.
    pub fn builder(url: &str) -> RedisRevocationBuilder {
        RedisRevocationBuilder::new(url)
    }

    fn of(target: Target, settings: RedisSettings) -> Self {
        Self(Arc::new(List {
            target: Arc::new(target),
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
            writer: tokio::sync::Mutex::default(),
        }))
    }

    /// Reads the stream in the background, if nothing does yet and there is a runtime.
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

/// Says that nothing reads any more, also when its task is dropped together with its runtime.
struct Running(Arc<AtomicBool>);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Release);
    }
}

impl Revocation for RedisRevocation {
    fn check(&self, token: &RevocationQuery<'_>, now: SystemTime) -> Result<bool, BoxError> {
        self.keep_reading();
        self.0.check_contact()?;
        Ok(self.0.rules.check(token, now, self.0.settings.entry_ttl))
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
                "tokens that are still to be issued can't be revoked: name a time up to now".into(),
            );
        }
        // First here, so that this node refuses whatever becomes of the rest.
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
            // The sender is in the list, which is here.
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

    fn has_read(&self, id: EntryId) {
        self.position.lock().has_read(id);
    }

    fn to_be_read(&self) -> BTreeSet<EntryId> {
        self.position.lock().to_be_read()
    }

    fn have_been_read(&self, entries: &BTreeSet<EntryId>) -> bool {
        self.position.lock().have_been_read(entries)
    }

    /// For how long an entry stays in the stream.
    fn remembered(&self) -> Duration {
        self.settings.entry_ttl.saturating_add(SLACK)
    }
}

/// Where it is and how it does, without credentials and without what is revoked.
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
