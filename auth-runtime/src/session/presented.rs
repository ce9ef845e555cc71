//! The session of a request.

use std::time::SystemTime;

use http::request::Parts;
use tokio::time::Instant;
use zeroize::Zeroizing;

use super::id::{PresentedId, SessionId};
use super::lookup::Cached;
use super::store::{SessionDigest, SessionRecord};
use super::{SessionError, Sessions};
use crate::authenticator::AuthenticationError;
use crate::credential::{cookies, find_cookie};
use crate::identity::Identity;

/// The maximum number of session cookies in one request that are ended. There is one, unless another host of the domain
/// has set more.
const MAX_PRESENTED: usize = 16;

impl Sessions {
    /// The identifier in the cookie of this request. `None` if there is no cookie or no valid one.
    pub(super) fn presented(&self, request: &Parts) -> Option<SessionId> {
        self.presented_text(request)?.id()
    }

    fn presented_text(&self, request: &Parts) -> Option<PresentedId> {
        let text = find_cookie(request, self.settings.cookie.name()).ok()??;
        PresentedId::new(&text)
    }

    /// The digests of all identifiers in this request, for a change that ends them.
    pub(super) fn all_presented(
        &self,
        request: &Parts,
    ) -> Result<Vec<SessionDigest>, SessionError> {
        cookies(request, self.settings.cookie.name())
            .filter_map(|text| PresentedId::new(&text)?.id())
            .take(MAX_PRESENTED)
            .map(|id| id.digest().map_err(SessionError::Failed))
            .collect()
    }

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
}
