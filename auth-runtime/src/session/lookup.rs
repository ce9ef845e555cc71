//! Looks sessions up in the store.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use tokio::time::{Instant, timeout};

use super::cache::CachedSession;
use super::id::PresentedId;
use super::store::{FoundSession, SessionDigest};
use super::{Sessions, Shared};
use crate::authenticator::AuthenticationError;
use crate::changes::Generation;
use crate::identity::{Identity, Provides};
use crate::lock::RwLock;
use crate::permits::{Overloaded, Permits};
use crate::scheme::Scheme;
use crate::single_flight::SingleFlight;

/// How often a session is read again that this node has changed meanwhile.
const ATTEMPTS: u32 = 3;

/// The look-ups in progress. Concurrent requests with one session share a look-up.
pub(super) struct Lookups {
    flights: Arc<SingleFlight<SessionDigest, LookupResult>>,
    limits: RwLock<Limits>,
}

struct Limits {
    /// For identifiers that may be guesses.
    unknown: Permits,
    /// For sessions that were valid before.
    known: Permits,
}

type LookupResult = Result<LookedUp, Arc<AuthenticationError>>;

#[derive(Clone)]
enum LookedUp {
    Valid(Arc<CachedSession>),
    Invalid,
    /// This node has changed the session during each attempt, or one of those that share its counter.
    Changing,
}

impl Limits {
    fn new(limit: usize) -> Self {
        Self {
            unknown: Permits::new(limit, 0),
            known: Permits::new(limit, 0),
        }
    }
}

impl Lookups {
    pub(super) fn new(limit: usize) -> Self {
        Self {
            flights: Arc::default(),
            limits: RwLock::new(Limits::new(limit)),
        }
    }

    pub(super) fn set_limit(&self, limit: usize) {
        *self.limits.write() = Limits::new(limit);
    }

    fn permits(&self, is_known: bool) -> Permits {
        let limits = self.limits.read();
        if is_known {
            limits.known.clone()
        } else {
            limits.unknown.clone()
        }
    }
}

/// What is known of a session without a look-up.
pub(super) enum Cached {
    Valid(Arc<CachedSession>),
    Invalid,
    Unknown {
        /// Whether it was valid before, and is not a guess.
        was_valid: bool,
    },
}

impl Sessions {
    /// What is known of the session with this identifier. `time` returns the time of the request.
    pub(super) fn cached(
        &self,
        id: &PresentedId,
        now: Instant,
        time: impl Fn() -> SystemTime,
    ) -> Cached {
        let cache = &self.shared.cache;
        match cache.get(id) {
            Some(session)
                if session.is_usable(now, self.settings.cache_ttl)
                    && !self.may_have_ended(&session, now, time) =>
            {
                Cached::Valid(session)
            }
            _ if cache.is_invalid(id) => Cached::Invalid,
            cached => Cached::Unknown {
                was_valid: cached.is_some(),
            },
        }
    }

    /// The session with this identifier. `is_known` if it was valid before. `time` is the time of the request.
    pub(super) async fn look_up(
        &self,
        presented: PresentedId,
        is_known: bool,
        time: SystemTime,
    ) -> Result<Arc<CachedSession>, AuthenticationError> {
        let id = presented.id();
        let id = id.ok_or(AuthenticationError::SessionExpired)?;
        let digest = id.digest().map_err(AuthenticationError::failed)?;
        let lookups = &self.shared.lookups;
        // A finished look-up may be older than a change.
        let fresh = |_: &LookupResult| false;
        let permit = || {
            let permit = lookups.permits(is_known).try_acquire();
            permit.map_err(|Overloaded| {
                AuthenticationError::unavailable("too many concurrent look-ups of sessions")
            })
        };
        let store_timeout = self.settings.store_timeout;
        let begin = || {
            let permit = permit()?;
            let shared = Arc::clone(&self.shared);
            Ok::<_, AuthenticationError>(Box::pin(async move {
                let _permit = permit;
                let read = timeout(store_timeout, shared.read(presented, digest, time));
                let read = read.await.unwrap_or_else(|_| Err(no_answer(store_timeout)));
                read.map_err(Arc::new)
            }) as _)
        };
        let flight = lookups.flights.join(digest, fresh, begin)?;
        match flight.wait().await {
            Ok(LookedUp::Valid(session)) => Ok(session),
            Ok(LookedUp::Invalid) => Err(AuthenticationError::SessionExpired),
            // A read for this request alone begins after the request, so it need not be repeated. Otherwise a caller
            // who ends sessions all the time would keep the others out.
            Ok(LookedUp::Changing) => {
                let _permit = permit()?;
                let read = timeout(store_timeout, self.shared.find(&digest, time)).await;
                let (session, _) = read.unwrap_or_else(|_| Err(no_answer(store_timeout)))?;
                session.ok_or(AuthenticationError::SessionExpired)
            }
            Err(error) => Err(error.repeat()),
        }
    }
}

fn no_answer(store_timeout: Duration) -> AuthenticationError {
    AuthenticationError::unavailable(format!(
        "the store of sessions did not answer within {store_timeout:?}"
    ))
}

impl Shared {
    /// Reads a session and caches what was found.
    async fn read(
        &self,
        presented: PresentedId,
        digest: SessionDigest,
        time: SystemTime,
    ) -> Result<LookedUp, AuthenticationError> {
        for _ in 0..ATTEMPTS {
            let (session, is_current) = self.find(&digest, time).await?;
            if !is_current {
                // What was read may be older than the change.
                continue;
            }
            let Some(session) = session else {
                self.cache.insert_invalid(presented);
                return Ok(LookedUp::Invalid);
            };
            self.cache.insert(presented, Arc::clone(&session));
            return Ok(LookedUp::Valid(session));
        }
        Ok(LookedUp::Changing)
    }

    /// The session, if it is valid, and whether this node has not changed it meanwhile.
    async fn find(
        &self,
        digest: &SessionDigest,
        time: SystemTime,
    ) -> Result<(Option<Arc<CachedSession>>, bool), AuthenticationError> {
        let generations = [
            self.changes.sessions.generation(digest),
            self.changes.many.generation(&()),
        ];
        let looked_up_at = Instant::now();
        let found = self.store.find(digest).await;
        let found = found.map_err(AuthenticationError::unavailable)?;
        let is_current = generations.iter().all(Generation::is_current);
        let valid = found.filter(|FoundSession { session, now }| {
            session.digest == *digest && !session.has_ended(*now)
        });
        let session = valid.map(|valid| {
            let identity = identity(&valid, time);
            CachedSession::new(valid, identity, looked_up_at, generations).into()
        });
        Ok((session, is_current))
    }
}

/// `time` is that of the request, by the clock of this node.
fn identity(FoundSession { session, now }: &FoundSession, time: SystemTime) -> Identity {
    let mut authenticated_at = session.authenticated_at;
    if authenticated_at <= *now {
        // A log-in that has taken place is not in the future for a node whose clock is behind: it would have to be
        // repeated for each rule with `max_age`.
        authenticated_at = authenticated_at.min(time);
    }
    let builder = Identity::builder(
        Scheme::SESSION,
        &session.issuer,
        session.subject.as_str().into(),
        Provides::ALL,
    );
    let mut builder = builder
        .verified_at(time)
        .scopes(&session.scopes)
        .roles(&session.roles)
        .authenticated_at(authenticated_at)
        .expires_at(session.ends_at);
    if !session.scopes_are_complete {
        builder = builder.incomplete_scopes();
    }
    if !session.roles_are_complete {
        builder = builder.incomplete_roles();
    }
    if let Some(acr) = &session.acr {
        builder = builder.acr(acr.as_str());
    }
    if !session.amr.is_empty() {
        builder = builder.claim("amr", &session.amr);
    }
    for (name, value) in &session.claims {
        builder = builder.claim(name, value);
    }
    builder.build()
}
