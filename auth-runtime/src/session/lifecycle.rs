//! Starts, renews, lists and ends sessions. Whether a request may do so is decided before.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use futures_util::future::join_all;
use http::request::Parts;
use tokio::runtime::Handle;
use tokio::time::{Instant, timeout};
use zeroize::Zeroizing;

use super::cache::CachedSession;
use super::cookie::CookieSettings;
use super::id::{PresentedId, SessionId};
use super::lookup::Cached;
use super::session_cookie::SessionCookie;
use super::store::{FoundSession, SessionDigest, SessionRecord};
use super::{NewSession, SessionError, Sessions, Shared};
use crate::authenticator::AuthenticationError;
use crate::box_error::BoxError;
use crate::changes::run_to_completion;
use crate::credential::{cookies, find_cookie};
use crate::identity::{Identity, IdentityId};
use crate::revocation::{RevocationList, RevocationQuery, RevocationTarget, Revoked};

/// The issuer of ended sessions in a list of revoked credentials, so that no token has it.
const ENDED_SESSIONS: &str = "urn:auth-runtime:sessions";

/// How long other nodes are told that a session was ended: as long as any of them may cache it.
pub(super) const NOTICE_TTL: Duration = Duration::from_secs(60 * 60);

/// How far the clocks of two nodes may differ.
const LEEWAY: Duration = Duration::from_secs(60);

/// The maximum number of session cookies in one request that are ended. There is one, unless another host of the domain
/// has set more.
const MAX_PRESENTED: usize = 16;

/// The maximum number of sessions of one subject that other nodes are told about.
const MAX_NOTICES: usize = 1_000;

/// A session that gets a new identifier.
struct Renewal {
    id: SessionId,
    old: SessionDigest,
    new: SessionDigest,
    found: FoundSession,
    /// The secret of the session, sealed for the new identifier.
    sealed: Option<Vec<u8>>,
}

impl Sessions {
    /// Whether both are clones.
    pub(crate) fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.shared, &other.shared)
    }

    /// From now on, this list tells other nodes when this node ends a session, and the other way round.
    pub(crate) fn add_revocation_list(&self, list: &RevocationList) {
        self.shared.revocation_lists.add(list);
    }

    /// Whether both have a cookie of one name, and are not clones: a browser would send the sessions of one to the other.
    pub(crate) fn conflicts_with(&self, other: &Self) -> bool {
        !self.is(other) && self.settings.cookie.name() == other.settings.cookie.name()
    }

    pub(crate) fn has_insecure_cookie(&self) -> bool {
        self.settings.cookie.is_insecure
    }

    /// The identifier in the cookie of this request. `None` if there is no cookie or no valid one.
    fn presented(&self, request: &Parts) -> Option<SessionId> {
        self.presented_text(request)?.id()
    }

    fn presented_text(&self, request: &Parts) -> Option<PresentedId> {
        let text = find_cookie(request, self.settings.cookie.name()).ok()??;
        PresentedId::new(&text)
    }

    /// The digests of all identifiers in this request, for a change that ends them.
    fn all_presented(&self, request: &Parts) -> Result<Vec<SessionDigest>, SessionError> {
        cookies(request, self.settings.cookie.name())
            .filter_map(|text| PresentedId::new(&text)?.id())
            .take(MAX_PRESENTED)
            .map(|id| id.digest().map_err(SessionError::Failed))
            .collect()
    }

    /// Starts a session, and ends the one of this request.
    pub(crate) async fn start_unchecked(
        &self,
        request: &Parts,
        new: NewSession,
    ) -> Result<SessionCookie, SessionError> {
        if new.issuer.is_empty() || new.subject.is_empty() {
            let error = "a session needs an issuer and a subject";
            return Err(SessionError::Failed(error.into()));
        }
        let mut presented = self.all_presented(request)?;
        let replaced = presented.pop();
        for digest in presented {
            self.remove(digest).await?;
        }
        let id = SessionId::generate().map_err(SessionError::Failed)?;
        let digest = id.digest().map_err(SessionError::Failed)?;
        let now = self.in_time(self.shared.store.now()).await?;
        let record = self.record(new, digest, now)?;
        let max_age = record.max_age(now);
        let shared = Arc::clone(&self.shared);
        self.complete(async move {
            let _change = replaced.map(|replaced| shared.changes.sessions.change(&replaced));
            shared.store.insert(&record, replaced.as_ref()).await?;
            shared.remove_expired();
            Ok(((), replaced.into_iter().collect()))
        })
        .await?;
        self.settings.cookie.session_cookie(&id, max_age)
    }

    fn record(
        &self,
        new: NewSession,
        digest: SessionDigest,
        now: SystemTime,
    ) -> Result<SessionRecord, SessionError> {
        let timeouts = self.settings.timeouts(new.remember_me);
        let ends_at = now.checked_add(timeouts.lifetime).unwrap_or(now);
        let sealed = new
            .secret
            .map(|secret| self.settings.sealing_keys.seal(&secret, &digest))
            .transpose()
            .map_err(SessionError::Failed)?;
        let mut record =
            SessionRecord::new(digest, new.issuer, new.subject, now, timeouts.idle, ends_at);
        record.provider_session_id = new.provider_session_id;
        record.authenticated_at = new.authenticated_at.unwrap_or(now);
        record.label = new.label;
        record.acr = new.acr;
        record.amr = new.amr;
        record.scopes = new.scopes;
        record.scopes_are_complete = new.scopes_are_complete;
        record.roles = new.roles;
        record.roles_are_complete = new.roles_are_complete;
        record.claims = new.claims;
        record.is_persistent = new.remember_me;
        record.sealed = sealed;
        Ok(record)
    }

    /// Ends the other sessions of the caller, and gives the one of this request a new identifier. `None` if it has no
    /// valid session, or that session ends meanwhile.
    pub(crate) async fn end_others_unchecked(
        &self,
        request: &Parts,
    ) -> Result<Option<SessionCookie>, SessionError> {
        let Some(renewal) = self.renewal(request).await? else {
            return Ok(None);
        };
        let Renewal {
            id,
            old,
            new,
            found: FoundSession { session, now },
            sealed,
        } = renewal;
        let max_age = session.max_age(now);
        let shared = Arc::clone(&self.shared);
        let renewed = self
            .complete(async move {
                let _change = shared.changes.sessions.change(&old);
                let _change = shared.changes.many.change(&());
                if !shared.store.renew(&old, &new, sealed.as_deref()).await? {
                    return Ok((false, Vec::new()));
                }
                let (issuer, subject) = (&session.issuer, &session.subject);
                let others = shared.known_sessions(issuer, subject).await;
                shared.store.remove_others(issuer, subject, &new).await?;
                let others = others.filter(|digest| *digest != new);
                Ok((true, std::iter::once(old).chain(others).collect()))
            })
            .await?;
        let cookie = || self.settings.cookie.session_cookie(&id, max_age);
        renewed.then(cookie).transpose()
    }

    /// Gives the session of this request a new identifier. `None` if it has no valid session.
    pub(crate) async fn renew_unchecked(
        &self,
        request: &Parts,
    ) -> Result<Option<SessionCookie>, SessionError> {
        let Some(renewal) = self.renewal(request).await? else {
            return Ok(None);
        };
        let Renewal {
            id,
            old,
            new,
            found,
            sealed,
        } = renewal;
        let shared = Arc::clone(&self.shared);
        let renewed = self
            .complete(async move {
                let _change = shared.changes.sessions.change(&old);
                let renewed = shared.store.renew(&old, &new, sealed.as_deref()).await?;
                Ok((renewed, vec![old]))
            })
            .await?;
        let max_age = found.session.max_age(found.now);
        let cookie = || self.settings.cookie.session_cookie(&id, max_age);
        renewed.then(cookie).transpose()
    }

    /// What a new identifier for the session of this request needs. `None` if it has no valid session.
    async fn renewal(&self, request: &Parts) -> Result<Option<Renewal>, SessionError> {
        let Some(old) = self.presented(request) else {
            return Ok(None);
        };
        let old = old.digest().map_err(SessionError::Failed)?;
        let found = self.in_time(self.shared.store.find(&old)).await?;
        let Some(found) = found.filter(|found| !found.session.has_ended(found.now)) else {
            return Ok(None);
        };
        let id = SessionId::generate().map_err(SessionError::Failed)?;
        let new = id.digest().map_err(SessionError::Failed)?;
        let sealed = found.session.sealed.as_ref().map(|sealed| {
            let keys = &self.settings.sealing_keys;
            keys.seal(&keys.open(sealed, &old)?, &new)
        });
        let sealed = sealed.transpose().map_err(SessionError::Failed)?;
        Ok(Some(Renewal {
            id,
            old,
            new,
            found,
            sealed,
        }))
    }

    /// Ends the session of this request, if it has one. If it has several cookies, any of them may be the user's.
    pub(crate) async fn end_unchecked(
        &self,
        request: &Parts,
    ) -> Result<SessionCookie, SessionError> {
        for digest in self.all_presented(request)? {
            self.remove(digest).await?;
        }
        let cookie = self.settings.cookie.delete();
        let set_cookie = cookie.ok_or_else(CookieSettings::invalid)?;
        Ok(SessionCookie {
            set_cookie,
            clears_site_data: self.settings.clear_site_data,
        })
    }

    async fn remove(&self, digest: SessionDigest) -> Result<bool, SessionError> {
        let shared = Arc::clone(&self.shared);
        self.complete(async move {
            let _change = shared.changes.sessions.change(&digest);
            let removed = shared.store.remove(&digest).await?;
            // Any client can send made-up identifiers, which must not fill the lists.
            let ended = removed.then_some(digest);
            Ok((removed, ended.into_iter().collect()))
        })
        .await
    }

    /// Ends the sessions that `revoked` names, however old they are: those of a subject or an issuer, or those that were
    /// started with one session of a provider.
    pub(super) async fn revoke_named(&self, revoked: &Revoked) -> Result<bool, BoxError> {
        let issuer = revoked.issued_by();
        let ended = match revoked.what() {
            RevocationTarget::Token { .. } => return Ok(false),
            RevocationTarget::Subject { subject, .. } => {
                self.remove_all(issuer, Some(subject)).await
            }
            RevocationTarget::Issuer { .. } => self.remove_all(issuer, None).await,
            RevocationTarget::Session { id } => self.remove_of_provider(issuer, id).await,
        };
        ended.map(|()| true).map_err(SessionError::into_source)
    }

    async fn remove_of_provider(&self, issuer: &str, id: &str) -> Result<(), SessionError> {
        let shared = Arc::clone(&self.shared);
        let (issuer, id) = (issuer.to_owned(), id.to_owned());
        self.complete(async move {
            let _change = shared.changes.many.change(&());
            shared.store.remove_of_provider(&issuer, &id).await?;
            Ok(((), Vec::new()))
        })
        .await
    }

    /// Ends all sessions of an issuer, or of one of its subjects.
    async fn remove_all(&self, issuer: &str, subject: Option<&str>) -> Result<(), SessionError> {
        let shared = Arc::clone(&self.shared);
        let (issuer, subject) = (issuer.to_owned(), subject.map(str::to_owned));
        self.complete(async move {
            let _change = shared.changes.many.change(&());
            let known = match &subject {
                Some(subject) => shared.known_sessions(&issuer, subject).await.collect(),
                None => Vec::new(),
            };
            shared.store.remove_all(&issuer, subject.as_deref()).await?;
            Ok(((), known))
        })
        .await
    }
}

/// # Lists of sessions
impl Sessions {
    /// The sessions of a caller that have not timed out, the newest first, for a page that shows where the caller is logged
    /// in.
    ///
    /// # Errors
    ///
    /// The store is unavailable.
    pub async fn list(&self, caller: &IdentityId) -> Result<Vec<SessionRecord>, SessionError> {
        let store = &self.shared.store;
        let now = self.in_time(store.now()).await?;
        let list = store.list(caller.issuer(), caller.subject());
        let mut sessions = self.in_time(list).await?;
        sessions.retain(|session| !session.has_ended(now));
        Ok(sessions)
    }

    /// Ends the session of a caller with this [`id`](SessionRecord::id), on another device for example. Returns `false` if
    /// the caller has no such session.
    ///
    /// # Errors
    ///
    /// The store is unavailable. The session may or may not have ended then: try again.
    pub async fn end_one(&self, caller: &IdentityId, id: &str) -> Result<bool, SessionError> {
        let sessions = self.list(caller).await?;
        match sessions.iter().find(|session| session.id() == id) {
            Some(session) => self.remove(session.digest).await,
            None => Ok(false),
        }
    }

    /// Ends all sessions of a caller, on all devices: after a password was changed, for example. A session that is
    /// started afterwards is not affected, even by the same handler.
    ///
    /// Tokens and API keys of the caller stay valid: [`Auth::revoke`](crate::Auth::revoke) ends them too.
    ///
    /// # Errors
    ///
    /// The store is unavailable. The sessions may or may not have ended then: try again.
    pub async fn end_all(&self, caller: &IdentityId) -> Result<(), SessionError> {
        self.remove_all(caller.issuer(), Some(caller.subject()))
            .await
    }
}

impl Sessions {
    /// The record of the session of this request. `None` if it has no valid session.
    pub(crate) async fn find_record(
        &self,
        request: &Parts,
        time: SystemTime,
    ) -> Result<Option<SessionRecord>, SessionError> {
        let Some(id) = self.presented_text(request) else {
            return Ok(None);
        };
        let found = match self.cached(&id, Instant::now(), || time) {
            Cached::Valid(session) => Ok(session),
            Cached::Invalid => Err(AuthenticationError::SessionExpired),
            Cached::Unknown { was_valid } => self.look_up(id, was_valid, time).await,
        };
        match found {
            Ok(session) => Ok(Some(session.record.clone())),
            Err(AuthenticationError::SessionExpired) => Ok(None),
            Err(AuthenticationError::Failed { source }) => Err(SessionError::Failed(source)),
            Err(error) => Err(SessionError::Unavailable(error.into())),
        }
    }

    /// The record of the session that `caller` was just authenticated by.
    pub(crate) async fn record_of(
        &self,
        request: &Parts,
        caller: &Identity,
        time: SystemTime,
    ) -> Result<SessionRecord, AuthenticationError> {
        let id = self.presented_text(request);
        let id = id.ok_or(AuthenticationError::SessionExpired)?;
        let session = match self.shared.cache.get(&id) {
            Some(cached) => cached,
            None => self.look_up(id, true, time).await?,
        };
        let record = &session.record;
        if record.issuer == caller.issuer() && record.subject == caller.subject() {
            Ok(record.clone())
        } else {
            // Middleware has replaced the cookie.
            Err(AuthenticationError::SessionExpired)
        }
    }

    /// The secret of a session, decrypted.
    pub(crate) fn secret_of(
        &self,
        session: &SessionRecord,
    ) -> Result<Option<Zeroizing<Vec<u8>>>, SessionError> {
        let keys = &self.settings.sealing_keys;
        let sealed = session.sealed.as_ref();
        let secret = sealed.map(|sealed| keys.open(sealed, &session.digest));
        secret.transpose().map_err(SessionError::Failed)
    }

    async fn in_time<T>(
        &self,
        call: impl Future<Output = Result<T, BoxError>>,
    ) -> Result<T, SessionError> {
        let store_timeout = self.settings.store_timeout;
        let answer = timeout(store_timeout, call).await.unwrap_or_else(|_| {
            Err(format!("the store of sessions did not answer within {store_timeout:?}").into())
        });
        answer.map_err(SessionError::Unavailable)
    }

    /// Makes a change, even if the caller's future is dropped. It returns the sessions that it has ended, which other
    /// nodes are then told.
    async fn complete<T: Send + 'static>(
        &self,
        change: impl Future<Output = Result<(T, Vec<SessionDigest>), BoxError>> + Send + 'static,
    ) -> Result<T, SessionError> {
        let store_timeout = self.settings.store_timeout;
        let shared = Arc::clone(&self.shared);
        let change = run_to_completion(async move {
            let change = timeout(store_timeout, change).await;
            let (result, ended) = change.unwrap_or_else(|_| {
                Err(format!("the store of sessions did not answer within {store_timeout:?}").into())
            })?;
            // Not within the same time: a slow list must not fail a change that the store has made.
            shared.notify_nodes(&ended, store_timeout).await;
            Ok(result)
        });
        change
            .await
            .and_then(std::convert::identity)
            .map_err(SessionError::Unavailable)
    }

    /// Whether a list says that the cached session may have ended on another node. The store then knows.
    pub(super) fn may_have_ended(
        &self,
        session: &CachedSession,
        now: Instant,
        time: impl Fn() -> SystemTime,
    ) -> bool {
        let lists = &self.shared.revocation_lists;
        if !lists.is_used() {
            return false;
        }
        let time = time();
        let looked_up_at = time.checked_sub(session.elapsed(now));
        let ended = RevocationQuery {
            token_id: Some(&session.id),
            ..RevocationQuery::new(ENDED_SESSIONS, "")
        };
        let revoked = RevocationQuery {
            session_id: session.record.provider_session_id.as_deref(),
            // What was revoked before is known to the store.
            issued_at: looked_up_at,
            leeway: LEEWAY,
            ..RevocationQuery::new(&session.record.issuer, &session.record.subject)
        };
        [ended, revoked]
            .iter()
            .any(|query| lists.have(query, || time).unwrap_or(true))
    }
}

impl Shared {
    /// Sessions of a subject that are about to end. Only so that other nodes refuse them sooner: the store ends also those
    /// that are not listed.
    async fn known_sessions(
        &self,
        issuer: &str,
        subject: &str,
    ) -> impl Iterator<Item = SessionDigest> + use<> {
        let sessions = if self.revocation_lists.is_used() {
            self.store.list(issuer, subject).await.unwrap_or_default()
        } else {
            Vec::new()
        };
        let digests = sessions.into_iter().map(|session| session.digest);
        digests.take(MAX_NOTICES)
    }

    /// Tells other nodes, through the lists that they share, that these sessions were ended. Without this, they use
    /// their cached copies a little longer.
    async fn notify_nodes(&self, digests: &[SessionDigest], time_limit: Duration) {
        let lists = self.revocation_lists.all();
        let Some(until) = SystemTime::now().checked_add(NOTICE_TTL) else {
            return;
        };
        let told = lists.iter().flat_map(|list| {
            let ended = digests.iter().map(SessionDigest::id);
            ended.map(move |id| list.revoke(Revoked::token(ENDED_SESSIONS, id, until)))
        });
        // All of them, also if one fails.
        let told = async { join_all(told).await.into_iter().collect::<Result<(), _>>() };
        let told = timeout(time_limit, told).await;
        if let Err(error) = told.unwrap_or_else(|late| Err(late.into())) {
            tracing::warn!(
                target: "auth_runtime",
                %error,
                "could not tell other nodes that a session was ended: they may accept it until they look it up again"
            );
        }
    }

    /// Removes expired sessions from the store, in the background.
    fn remove_expired(self: &Arc<Self>) {
        let (Some(_), Ok(runtime)) = (self.removals.admit(), Handle::try_current()) else {
            return;
        };
        let shared = Arc::clone(self);
        runtime.spawn(async move {
            if let Err(error) = shared.store.remove_expired().await {
                tracing::warn!(
                    target: "auth_runtime",
                    %error,
                    "could not remove expired sessions"
                );
            }
        });
    }
}

impl CookieSettings {
    fn session_cookie(
        &self,
        id: &SessionId,
        max_age: Option<Duration>,
    ) -> Result<SessionCookie, SessionError> {
        let set_cookie = self.set(&id.text(), max_age).ok_or_else(Self::invalid)?;
        Ok(SessionCookie {
            set_cookie,
            clears_site_data: false,
        })
    }

    fn invalid() -> SessionError {
        SessionError::Failed("the name of the session cookie is invalid".into())
    }
}

impl SessionRecord {
    /// For how long the browser keeps the cookie when it is closed.
    fn max_age(&self, now: SystemTime) -> Option<Duration> {
        let rest = self.ends_at.duration_since(now).unwrap_or_default();
        self.is_persistent.then_some(rest)
    }
}
