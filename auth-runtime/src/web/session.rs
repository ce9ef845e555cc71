//! Sessions in handlers: starting, renewing and ending them, and the extractor for the session of the caller.

use std::convert::Infallible;
use std::fmt;
use std::time::Duration;

use axum::extract::{FromRequestParts, OptionalFromRequestParts};
use axum::http::header::{CACHE_CONTROL, SET_COOKIE};
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue, Request};
use axum::response::{IntoResponse, IntoResponseParts, Response, ResponseParts};
use zeroize::Zeroizing;

use super::caller::{auth, log_failure, optional_caller, refuse, rule};
use super::denial_context::Requester;
use super::extract::require;
use super::observe;
use super::response::AuthRejection;
use super::target::target;
use crate::auth::{Auth, AuthenticationFailure, Refusal};
use crate::authenticator::AuthenticationError;
use crate::identity::Identity;
use crate::policy::{AttributedDenial, Denial};
use crate::render;
use crate::scheme::Scheme;
use crate::session::{NewSession, SessionCookie, SessionError, SessionRecord, Sessions};

/// The name of the extractor in the log.
const SESSION: &str = "Session";

const CLEAR_SITE_DATA: HeaderName = HeaderName::from_static("clear-site-data");

/// # Starting and ending sessions
///
/// These methods take the request, which a handler gets with the extractor [`Parts`]. Each of them refuses a request
/// that may come from a page of another site, even if it has no session: otherwise another site could log a browser in
/// as someone else. So the handler needs no other protection, and can be
/// [`#[allow_anonymous]`](crate::allow_anonymous).
///
/// A `GET` is never refused, because links have to work: use `POST` for log-in and log-out. A `GET` that starts a
/// session, such as the one to which an identity provider sends the browser back, must verify its `state` itself.
///
/// The handler must be in a [`Router`](crate::Router) or a [layer](crate::Auth::layer) of the `Auth` that has these
/// sessions. Otherwise they return [`SessionError::Failed`], a 500.
///
/// A change that has begun is completed even if its future is dropped.
impl Sessions {
    /// Starts a session of a caller who has logged in, and ends the session of the request, if it has one. Use it for a
    /// stronger login too (step-up): the identifier is always a new one, so that someone who knew the old one does not
    /// get the new rights.
    ///
    /// Call it in a handler of `POST`, because requests with `GET` may come from any site. The `GET` with which a
    /// provider sends a browser back must be protected by its own means, such as `state` (RFC 6749 section 10.12).
    ///
    /// # Errors
    ///
    /// The request may come from another site, or the store is unavailable. The error is a response.
    pub async fn start(
        &self,
        request: &Parts,
        session: NewSession,
    ) -> Result<SessionCookie, SessionError> {
        let (_, sessions) = self.of_request(request)?;
        sessions.start_unchecked(request, session).await
    }

    /// Gives the session of the request a new identifier. The old one ends at once. Use it when the caller gets more
    /// rights without a new login.
    ///
    /// # Errors
    ///
    /// The request may come from another site, it has no session, or the store is unavailable. The error is a response.
    pub async fn renew(&self, request: &Parts) -> Result<SessionCookie, SessionError> {
        let (auth, sessions) = self.of_request(request)?;
        let renewed = sessions.renew_unchecked(request).await?;
        renewed.ok_or_else(|| SessionError::Expired {
            challenge: auth.session_challenge(request),
        })
    }

    /// Ends the session of the request, and deletes its cookie. A request without a session, or with one that has ended
    /// already, is not an error: its cookie is deleted too.
    ///
    /// # Errors
    ///
    /// The request may come from another site, or the store is unavailable. The error is a response.
    pub async fn end(&self, request: &Parts) -> Result<SessionCookie, SessionError> {
        let (_, sessions) = self.of_request(request)?;
        sessions.end_unchecked(request).await
    }

    /// Ends all other sessions of the caller, on all devices, and gives the session of the request a new identifier:
    /// after a password was changed, for example. Everything else of the session stays.
    ///
    /// Tokens and API keys of the caller stay valid: [`Auth::revoke`](crate::Auth::revoke) ends them too.
    ///
    /// # Errors
    ///
    /// The request may come from another site, it has no session, or the store is unavailable. Then the session of the
    /// request may have ended too. The error is a response.
    pub async fn end_others(&self, request: &Parts) -> Result<SessionCookie, SessionError> {
        let (auth, sessions) = self.of_request(request)?;
        let renewed = sessions.end_others_unchecked(request).await?;
        renewed.ok_or_else(|| SessionError::Expired {
            challenge: auth.session_challenge(request),
        })
    }

    /// Refuses a request that may come from a page of another site, as `start`, `renew`, `end` and `end_others` do.
    /// Call it before anything that such a page must not cause, such as the verification of a password, whose failures
    /// are counted.
    ///
    /// # Errors
    ///
    /// The request may come from another site. The error is a response.
    pub fn refuse_cross_site(&self, request: &Parts) -> Result<(), SessionError> {
        self.of_request(request).map(drop)
    }

    /// The session of the request, for a page without a guard, such as the login page or a public page that greets the
    /// caller. `None` if the request has no session, or one that has ended. This does not count as a use of the
    /// session.
    ///
    /// It also accepts cross-site requests, and checks no rule. Handlers that show or change data of a caller need a
    /// guard.
    ///
    /// # Errors
    ///
    /// The store is unavailable. The error is a response.
    pub async fn find(&self, request: &Parts) -> Result<Option<SessionRecord>, SessionError> {
        let (auth, sessions) = self.configured_in(request)?;
        let time = auth.time().ok_or("the clock panicked");
        let time = time.map_err(|error| SessionError::Failed(error.into()))?;
        sessions.find_record(request, time).await
    }

    /// The request's `Auth` and its sessions, if the request may change one.
    fn of_request<'a>(&self, request: &'a Parts) -> Result<(&'a Auth, &'a Self), SessionError> {
        let (auth, sessions) = self.configured_in(request)?;
        if auth.is_cross_site(request, target) {
            return Err(SessionError::CrossSite);
        }
        Ok((auth, sessions))
    }

    /// The request's `Auth` and its sessions, with the settings there, if they are these.
    fn configured_in<'a>(&self, request: &'a Parts) -> Result<(&'a Auth, &'a Self), SessionError> {
        let auth = auth(request).ok_or(
            "the request has no `Auth`: the handler is neither in a `Router` of this crate nor in a layer of \
             `Auth::layer`",
        );
        let auth = auth.map_err(|error| SessionError::Failed(error.into()))?;
        let sessions = auth.sessions().filter(|sessions| sessions.is(self));
        let sessions = sessions.ok_or_else(|| {
            let error = "these are not the sessions of the request's `Auth`: pass them to `AuthBuilder::sessions`";
            SessionError::Failed(error.into())
        })?;
        Ok((auth, sessions))
    }
}

impl IntoResponseParts for SessionCookie {
    type Error = Infallible;

    fn into_response_parts(
        self,
        mut response: ResponseParts,
    ) -> Result<ResponseParts, Self::Error> {
        let headers = response.headers_mut();
        headers.append(SET_COOKIE, self.set_cookie);
        headers
            .entry(CACHE_CONTROL)
            .or_insert(HeaderValue::from_static("no-store"));
        if self.clears_site_data {
            let everything = HeaderValue::from_static("\"cache\", \"cookies\", \"storage\"");
            headers.insert(CLEAR_SITE_DATA, everything);
        }
        Ok(response)
    }
}

impl IntoResponse for SessionCookie {
    fn into_response(self) -> Response {
        (self, ()).into_response()
    }
}

/// The session of the caller. It is an extractor, and rejects a caller with another kind of credential with 401. As
/// `Option<Session>`, it is `None` for such a caller.
///
/// ```
/// use auth_runtime::{Session, require_auth};
///
/// #[require_auth(scheme = "session")]
/// async fn logged_in_since(session: Session) -> String {
///     format!("{:?}", session.record().created_at)
/// }
/// # let _ = logged_in_since;
/// ```
#[derive(Clone)]
pub struct Session {
    record: SessionRecord,
    sessions: Sessions,
}

impl Session {
    /// The session as the store keeps it. The last use may be more recent.
    #[must_use]
    pub fn record(&self) -> &SessionRecord {
        &self.record
    }

    /// The name of the session in the [list](Sessions::list) of the caller's sessions. It is not the identifier in the
    /// cookie, and not a secret.
    #[must_use]
    pub fn id(&self) -> String {
        self.record.id()
    }

    /// The [secret](NewSession::secret) of the session, decrypted. `None` if it has none. Its memory is overwritten
    /// when it is dropped.
    ///
    /// # Errors
    ///
    /// The secret was changed in the store, or its [key](Sessions::sealing_key) is not configured.
    pub fn secret(&self) -> Result<Option<Zeroizing<Vec<u8>>>, SessionError> {
        self.sessions.secret_of(&self.record)
    }

    /// `None` if the caller has another kind of credential.
    async fn of(parts: &Parts, caller: &Identity) -> Result<Option<Self>, AuthRejection> {
        let Some(auth) = auth(parts) else {
            return Ok(None);
        };
        let sessions = auth.sessions();
        let Some(sessions) = sessions.filter(|_| caller.scheme() == Scheme::SESSION) else {
            return Ok(None);
        };
        let record = match auth.time() {
            Some(time) => sessions.record_of(parts, caller, time).await,
            None => Err(AuthenticationError::failed("the clock panicked")),
        };
        let record = record.map_err(|error| {
            let failure = AuthenticationFailure::Refused(error, Some(Scheme::SESSION));
            let denied = log_failure(failure, rule(parts), Requester::Extractor(SESSION));
            refuse(parts, SESSION, denied, Some(caller))
        })?;
        Ok(Some(Self {
            record,
            sessions: sessions.clone(),
        }))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Session {
    type Rejection = AuthRejection;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, AuthRejection> {
        let caller = require(parts, SESSION).await?;
        Self::of(parts, &caller).await?.ok_or_else(|| {
            let denied = AttributedDenial::new(Denial::MissingCredentials, None);
            refuse(parts, SESSION, denied, Some(&caller))
        })
    }
}

impl<S: Send + Sync> OptionalFromRequestParts<S> for Session {
    type Rejection = AuthRejection;

    /// Returns `None` for an anonymous request, and for a caller with another kind of credential.
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Option<Self>, AuthRejection> {
        match optional_caller(parts, "Option<Session>").await? {
            Some(caller) => Self::of(parts, &caller).await,
            None => Ok(None),
        }
    }
}

/// Why a session could not be changed is logged, and not sent.
impl IntoResponse for SessionError {
    fn into_response(self) -> Response {
        let (denial, challenge) = match self {
            Self::CrossSite => (Denial::CrossSiteRequest, None),
            Self::Expired { challenge } => (Denial::SessionExpired, Some(challenge)),
            Self::Unavailable(source) => {
                observe::session_unavailable(&*source);
                let retry_after = Duration::from_secs(5);
                (Denial::Unavailable { retry_after }, None)
            }
            Self::Failed(source) => {
                observe::session_failed(&*source);
                (Denial::Failed, None)
            }
        };
        let (request, ()) = Request::new(()).into_parts();
        let refusal = Refusal::new(&denial, render::problem(&denial, &request), challenge);
        (denial.status(), refusal.headers, refusal.body).into_response()
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.record.fmt(formatter)
    }
}
