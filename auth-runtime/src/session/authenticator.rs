//! Sessions as a kind of credential.

use std::pin::Pin;

use http::request::Parts;
use tokio::time::Instant;

use super::Sessions;
use super::cache::CachedSession;
use super::id::PresentedId;
use super::lookup::Cached;
use crate::authenticator::{
    AuthenticationError, AuthenticationOutcome, Authenticator, Challenge, CredentialRequest,
};
use crate::box_error::BoxError;
use crate::credential::Source;
use crate::identity::{Identity, Provides};
use crate::revocation::Revoked;
use crate::scheme::Scheme;

impl Authenticator for Sessions {
    fn scheme(&self) -> Scheme {
        Scheme::SESSION
    }

    fn sources(&self) -> Vec<Source> {
        vec![Source::Cookie(self.settings.cookie.name().to_owned())]
    }

    fn provides(&self) -> Provides {
        Provides::ALL
    }

    fn authenticate<'a>(&'a self, request: CredentialRequest<'a>) -> AuthenticationOutcome<'a> {
        let text = match request.cookie(self.settings.cookie.name()) {
            Ok(Some(text)) => text,
            Ok(None) => return AuthenticationOutcome::Absent,
            Err(error) => return Err(error).into(),
        };
        let Some(id) = PresentedId::new(&text) else {
            return Err(AuthenticationError::SessionExpired).into();
        };
        let now = Instant::now();
        let is_known = match self.cached(&id, now, || request.now()) {
            Cached::Valid(session) => return Ok(self.use_session(&session, now)).into(),
            Cached::Invalid => return Err(AuthenticationError::SessionExpired).into(),
            Cached::Unknown { was_valid } => was_valid,
        };
        AuthenticationOutcome::pending(async move {
            let session = self.look_up(id, is_known, request.now()).await?;
            Ok(self.use_session(&session, Instant::now()))
        })
    }

    fn challenge(&self, _: &Parts) -> Challenge {
        const COOKIE: Scheme = Scheme::new("Cookie");
        Challenge::new(COOKIE).of_session()
    }

    fn revoke<'a>(
        &'a self,
        revoked: &'a Revoked,
    ) -> Pin<Box<dyn Future<Output = Result<bool, BoxError>> + Send + 'a>> {
        Box::pin(self.revoke_named(revoked))
    }

    fn faults(&self) -> Vec<BoxError> {
        self.settings.faults().into_iter().map(Into::into).collect()
    }
}

impl Sessions {
    /// Notes the use of a valid session.
    fn use_session(&self, session: &CachedSession, now: Instant) -> Identity {
        if session.note_use(now) {
            self.shared.write_use(session.record.digest);
        }
        session.identity.clone()
    }
}
