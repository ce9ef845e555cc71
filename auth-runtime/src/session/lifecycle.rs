//! Starts, renews and ends sessions. Whether a request may do so is decided before.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use http::request::Parts;
use tokio::runtime::Handle;
use tokio::time::timeout;

use super::cookie::CookieSettings;
use super::id::SessionId;
use super::session_cookie::SessionCookie;
use super::store::{FoundSession, SessionDigest, SessionRecord};
use super::{NewSession, SessionError, Sessions, Shared};
use crate::box_error::BoxError;
use crate::changes::run_to_completion;

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

    /// Whether both have a cookie of one name, and are not clones: a browser would send the sessions of one to the other.
    pub(crate) fn conflicts_with(&self, other: &Self) -> bool {
        !self.is(other) && self.settings.cookie.name() == other.settings.cookie.name()
    }

    pub(crate) fn has_insecure_cookie(&self) -> bool {
        self.settings.cookie.is_insecure
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

    pub(super) async fn remove(&self, digest: SessionDigest) -> Result<bool, SessionError> {
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
}

impl Sessions {
    pub(super) async fn in_time<T>(
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
    pub(super) async fn complete<T: Send + 'static>(
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
}

impl Shared {
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
