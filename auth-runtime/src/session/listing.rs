//! Lists the sessions of a subject, and ends several.

use std::sync::Arc;

use super::store::SessionRecord;
use super::{SessionError, Sessions};
use crate::box_error::BoxError;
use crate::identity::IdentityId;
use crate::revocation::{RevocationTarget, Revoked};

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
