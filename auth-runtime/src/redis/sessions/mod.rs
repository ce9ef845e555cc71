//! Sessions in Redis.

mod builder;
mod names;

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use redis::{Cmd, FromRedisValue};

pub use self::builder::RedisSessionsBuilder;
use super::connection::Target;
use super::shared_connection::{Repeat, SharedConnection, Timeouts};
use crate::box_error::BoxError;
use crate::session::stored::{self, StoredSession};
use crate::session::{FoundSession, SessionDigest, SessionRecord, SessionStore};

/// Together less than 2 seconds, the default of `Sessions::store_timeout`: if the caller timed out first, a connection
/// that does not answer would stay in use.
const TIMEOUTS: Timeouts = Timeouts {
    query: Duration::from_millis(1500),
    command: Duration::from_millis(700),
};

/// A script with the functions of all scripts. Redis runs it as a whole, or not at all.
macro_rules! script {
    ($file:literal) => {
        concat!(
            include_str!("scripts/common.lua"),
            include_str!(concat!("scripts/", $file))
        )
    };
}

const INSERT: &str = script!("insert.lua");
const FIND: &str = script!("find.lua");
const RECORD_USE: &str = script!("record_use.lua");
const RENEW: &str = script!("renew.lua");
const REMOVE: &str = script!("remove.lua");
const REMOVE_ALL: &str = script!("remove_all.lua");
const REMOVE_OTHERS: &str = script!("remove_others.lua");
const LIST: &str = script!("list.lua");

/// Sessions in Redis, which all nodes share: a [`SessionStore`]. Clones share a connection.
///
/// ```no_run
/// # fn start() -> Result<(), auth_runtime::BoxError> {
/// use auth_runtime::redis::RedisSessions;
///
/// let sessions = RedisSessions::new("rediss://api:password@redis.example/0")?;
/// let sessions = RedisSessions::builder("rediss://api:password@redis.example/0")
///     .prefix("shop")
///     .build()?;
/// # Ok(())
/// # }
/// ```
///
/// It needs the features `redis` and `sessions`, and Redis 6.2 or later, or Valkey. Redis Cluster is not supported.
/// `rediss://` verifies certificates with the certificate authorities of the system, or with those in the file that
/// `SSL_CERT_FILE` names. Times are those of the server's clock.
///
/// # Keys
///
/// | key | |
/// |---|---|
/// | `auth:session:<digest>` | a session; Redis deletes it when it times out |
/// | `auth:session-generation:<hash>` | a random value for each issuer, each subject and each session at the provider |
/// | `auth:session-index:<hash>` | the sessions of a subject, for [`list`](SessionStore::list) |
///
/// A session has a copy of its generations, and exists only while they are the current ones.
/// [`remove_all`](SessionStore::remove_all) deletes a generation, so it ends all sessions, including those that an
/// index lacks.
///
/// # Outages
///
/// 1. Every operation succeeds or fails within 1.5 seconds. A failure is a [`BoxError`], for which requests get 503.
/// 2. The store connects on first use, and again when the connection is lost or Redis was restarted. So the service
///    starts while Redis is down.
/// 3. A change that failed with a time-out or a lost connection may have been made.
///    [`remove`](SessionStore::remove) may return `false` for a session that it removed, if the connection was lost
///    before the answer.
/// 4. If Redis loses a session, a generation or all data, users are logged out. A loss never logs anyone in.
/// 5. If Redis returns to older data, such as a backup or a replica that lagged behind, sessions that were ended since
///    are valid again. Then delete all keys with the prefix, so that all users have to log in again.
///
/// # Deployment
///
/// * `appendonly yes`, and `appendfsync always` so that not even the last second is lost: with `everysec`, a session
///   that was ended in the last second before a crash is back afterwards.
/// * `maxmemory-policy noeviction`: if the memory is full, logins fail, and sessions stay. With another policy,
///   Redis logs users out to free memory. If it evicts the generation of an issuer, this ends all sessions of the
///   issuer.
/// * A client that can write to Redis can let anyone in. Give the service its own user, such as `ACL SETUSER api
///   on >password ~auth:session* +eval +time +get +set +mget +hget +hmget +hset +hdel +del +rename +pttl +pexpireat
///   +zadd +zrem +zrange +zremrangebyscore +select +client`.
/// * Sessions have claims, which are personal data, and secrets of the application, which are encrypted. Use
///   `rediss://`.
#[derive(Clone)]
pub struct RedisSessions(Arc<Store>);

struct Store {
    target: Arc<Target>,
    /// The beginning of all keys.
    base: String,
    connection: SharedConnection,
}

impl RedisSessions {
    /// Sessions in the Redis server at `url`, with the default prefix. The URL begins with `redis://`, `rediss://` for
    /// TLS, or `unix://`.
    ///
    /// This does not connect to Redis: the first operation does, in a Tokio runtime.
    ///
    /// # Errors
    ///
    /// The URL is invalid, or there are no certificate authorities. The message does not show the URL.
    pub fn new(url: &str) -> Result<Self, BoxError> {
        Self::builder(url).build()
    }

    /// Sessions in the Redis server at `url`, with other settings.
    pub fn builder(url: &str) -> RedisSessionsBuilder {
        RedisSessionsBuilder::new(url)
    }

    fn of(target: Target, prefix: &str) -> Self {
        let target = Arc::new(target);
        Self(Arc::new(Store {
            connection: SharedConnection::new(Arc::clone(&target), TIMEOUTS),
            target,
            base: format!("{prefix}:session"),
        }))
    }

    fn script(&self, script: &str) -> Cmd {
        let mut command = redis::cmd("EVAL");
        command.arg(script).arg(1).arg(&self.0.base);
        command
    }

    async fn query<T: FromRedisValue>(&self, command: &Cmd, repeat: Repeat) -> Result<T, BoxError> {
        let answer = self.0.connection.query(command, repeat).await;
        answer.map_err(|reason| self.failed(reason))
    }

    async fn remove_generation(&self, name: &str, index: &str) -> Result<(), BoxError> {
        let mut command = self.script(REMOVE_ALL);
        command.arg(name).arg(index);
        self.query(&command, Repeat::Once).await
    }

    fn failed(&self, reason: impl fmt::Display) -> BoxError {
        format!("{}: {reason}", self.0.target).into()
    }

    fn unreadable(&self) -> BoxError {
        self.failed("a session can't be read")
    }
}

impl SessionStore for RedisSessions {
    async fn now(&self) -> Result<SystemTime, BoxError> {
        let (seconds, microseconds): (i64, i64) =
            self.query(&redis::cmd("TIME"), Repeat::Once).await?;
        let milliseconds = seconds
            .checked_mul(1000)
            .and_then(|milliseconds| milliseconds.checked_add(microseconds / 1000));
        milliseconds
            .and_then(stored::time)
            .ok_or_else(|| self.failed("a time that is out of range"))
    }

    async fn insert(
        &self,
        session: &SessionRecord,
        replaced: Option<&SessionDigest>,
    ) -> Result<(), BoxError> {
        let SessionRecord {
            issuer, subject, ..
        } = session;
        let stored = StoredSession::of(session)?;
        let index = names::of_subject(issuer, subject);
        let mut command = self.script(INSERT);
        command
            .arg(hex(&session.digest))
            .arg(replaced.map(hex).unwrap_or_default())
            .arg(&index)
            .arg(stored.data)
            .arg(sealed(session.sealed.as_deref()))
            .arg(stored.last_seen_at)
            .arg(stored.idle_timeout)
            .arg(stored.timeout_at)
            .arg(stored.ends_at);
        let provider = session.provider_session_id.as_deref();
        let provider = provider.map(|id| names::of_provider(issuer, id));
        for name in [names::of_issuer(issuer), index]
            .into_iter()
            .chain(provider)
        {
            command.arg(name).arg(random()?);
        }
        // Not repeated: the first command may arrive late, when the session has already ended, and bring it back.
        if self.query(&command, Repeat::Never).await? {
            Ok(())
        } else {
            Err("the session already exists".into())
        }
    }

    async fn find(&self, digest: &SessionDigest) -> Result<Option<FoundSession>, BoxError> {
        type Found = (Vec<u8>, i64, Option<Vec<u8>>, i64);

        let mut command = self.script(FIND);
        command.arg(hex(digest));
        let found: Option<Found> = self.query(&command, Repeat::Once).await?;
        let Some((data, seen_at, sealed, now)) = found else {
            return Ok(None);
        };
        let session = StoredSession::read(*digest, seen_at, &data, sealed);
        match (session, stored::time(now)) {
            (Some(session), Some(now)) => Ok(Some(FoundSession { session, now })),
            _ => Err(self.unreadable()),
        }
    }

    async fn record_use(&self, digest: &SessionDigest) -> Result<bool, BoxError> {
        let mut command = self.script(RECORD_USE);
        command.arg(hex(digest));
        self.query(&command, Repeat::Once).await
    }

    async fn renew(
        &self,
        old: &SessionDigest,
        new: &SessionDigest,
        new_sealed: Option<&[u8]>,
    ) -> Result<bool, BoxError> {
        let mut command = self.script(RENEW);
        command
            .arg(hex(old))
            .arg(hex(new))
            .arg(sealed(new_sealed))
            .arg(random()?);
        match self.query(&command, Repeat::Once).await? {
            1 => Ok(true),
            0 => Ok(false),
            _ => Err("the session already exists".into()),
        }
    }

    async fn remove(&self, digest: &SessionDigest) -> Result<bool, BoxError> {
        let mut command = self.script(REMOVE);
        command.arg(hex(digest));
        self.query(&command, Repeat::Once).await
    }

    async fn remove_all(&self, issuer: &str, subject: Option<&str>) -> Result<(), BoxError> {
        match subject {
            Some(subject) => {
                let name = names::of_subject(issuer, subject);
                self.remove_generation(&name, &name).await
            }
            None => self.remove_generation(&names::of_issuer(issuer), "").await,
        }
    }

    async fn remove_others(
        &self,
        issuer: &str,
        subject: &str,
        kept: &SessionDigest,
    ) -> Result<(), BoxError> {
        let mut command = self.script(REMOVE_OTHERS);
        command
            .arg(names::of_subject(issuer, subject))
            .arg(hex(kept))
            .arg(random()?);
        self.query(&command, Repeat::Once).await
    }

    async fn remove_of_provider(
        &self,
        issuer: &str,
        provider_session_id: &str,
    ) -> Result<(), BoxError> {
        let name = names::of_provider(issuer, provider_session_id);
        self.remove_generation(&name, "").await
    }

    async fn list(&self, issuer: &str, subject: &str) -> Result<Vec<SessionRecord>, BoxError> {
        type Listed = (String, Vec<u8>, i64, Option<Vec<u8>>);

        let mut command = self.script(LIST);
        command.arg(names::of_subject(issuer, subject));
        let listed: Vec<Listed> = self.query(&command, Repeat::Once).await?;
        let read = |(digest, data, seen_at, sealed): Listed| {
            let digest = SessionDigest::from_bytes(names::digest(&digest)?);
            StoredSession::read(digest, seen_at, &data, sealed)
        };
        let sessions: Option<Vec<_>> = listed.into_iter().map(read).collect();
        let mut sessions = sessions.ok_or_else(|| self.unreadable())?;
        sessions.sort_by_key(|session| std::cmp::Reverse(session.created_at));
        Ok(sessions)
    }

    /// Redis removes them by itself.
    async fn remove_expired(&self) -> Result<(), BoxError> {
        Ok(())
    }
}

fn hex(digest: &SessionDigest) -> String {
    names::hex(digest.as_bytes())
}

/// An empty argument stands for none, so a value begins with `=`.
fn sealed(value: Option<&[u8]>) -> Vec<u8> {
    value.map_or_else(Vec::new, |value| [b"=", value].concat())
}

/// 128 random bits.
fn random() -> Result<String, BoxError> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(|error| format!("no random numbers: {error}"))?;
    Ok(names::hex(&bytes))
}

/// Shows the server and the prefix of the keys, without credentials.
impl fmt::Debug for RedisSessions {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("RedisSessions")
            .field("server", &format_args!("{}", self.0.target))
            .field("keys", &self.0.base)
            .finish()
    }
}
