//! Revocation: credentials that are refused before they expire.
//!
//! A [`Revocation`] is a list that forgets. It is for credentials that live no longer than it remembers, and that say
//! when they were issued: bearer tokens, and [your own kinds](crate::identity::IdentityBuilder::issued_at). Credentials
//! that live longer, such as API keys, are revoked in the store of their kind:
//! [`Authenticator::revoke`](crate::authenticator::Authenticator::revoke). [`Auth::revoke`](crate::Auth::revoke) does
//! both.

mod lists;
mod memory;
pub(crate) mod rules;
#[cfg(test)]
mod tests;

use std::future::Future;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};
use std::time::{Duration, SystemTime};

use futures_util::future::BoxFuture;

pub(crate) use self::lists::RevocationLists;
pub use self::memory::{MemoryRevocation, MemoryRevocationBuilder};
use crate::box_error::BoxError;
use crate::clock::Timestamp;
use crate::identity::{Identity, IssuedAt};

/// A list of tokens that were revoked before they expired, for
/// [`AuthBuilder::revocation`](crate::AuthBuilder::revocation).
///
/// [`check`](Self::check) is called for every request with a bearer token, or with a credential of your own kind that
/// says when it was [issued](crate::identity::IdentityBuilder::issued_at), even if it was checked before, for every
/// call of [`Auth::authorize`](crate::Auth::authorize), and for every use of a [refresh
/// token](crate::RefreshTokens). It is not async: an implementation must answer from memory, wherever it stores the
/// list. A revocation must last for the [retention period](Self::retention), so that the token has expired or is too
/// old when it is forgotten.
///
/// # Errors
///
/// If [`check`](Self::check) fails, the request gets 503 with `Retry-After`. It never gets 401, which would make
/// clients discard valid tokens, and is never allowed. The text of the error is logged, and never shown to a
/// client. `?` works with any error, and `.into()` converts a string: see [`BoxError`].
pub trait Revocation: Send + Sync + 'static {
    /// Whether the list has a revocation of the token. Do not judge its age: an access token that is older than the
    /// [retention period](Self::retention) counts as revoked whatever this returns, because its revocation may have
    /// been forgotten, and a login with refresh tokens may be older.
    ///
    /// # Errors
    ///
    /// The list is unavailable or too old. The request gets 503.
    fn check(&self, token: &RevocationQuery<'_>, now: SystemTime) -> Result<bool, BoxError>;

    /// Revokes these tokens: on this node when it returns, on others soon after.
    ///
    /// # Errors
    ///
    /// Other nodes may not receive the revocation. Retry.
    fn revoke(&self, revoked: Revoked) -> impl Future<Output = Result<(), BoxError>> + Send;

    /// How long revocations are remembered.
    fn retention(&self) -> Duration;

    /// The status of the list, for health pages.
    fn status(&self) -> RevocationStatus;

    /// Starts to read the list. Called when an [`Auth`](crate::Auth) is built with this list, possibly outside
    /// of a runtime. The default does nothing.
    fn start(&self) {}

    /// Waits until the list has been read for the first time, so that [`check`](Self::check) can succeed. The
    /// default returns at once.
    fn ready(&self) -> impl Future<Output = ()> + Send {
        std::future::ready(())
    }

    /// Whether [`ready`](Self::ready) would return at once. The default is `true`.
    fn is_ready(&self) -> bool {
        true
    }
}

/// The properties of a token, or of another credential, by which it can be revoked.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct RevocationQuery<'a> {
    /// The issuer (`iss`).
    pub issuer: &'a str,
    /// The [subject](crate::Identity::subject).
    pub subject: &'a str,
    /// The identifier of the token (`jti`), or the [`token_id`](crate::identity::IdentityBuilder::token_id) of your own
    /// kind.
    pub token_id: Option<&'a str>,
    /// The session, that is the login, of the token (`sid`).
    pub session_id: Option<&'a str>,
    /// `iat`. A token without it is covered by every revocation of its subject or issuer. For a refresh token, the time
    /// of the login. For your own kind, its [`issued_at`](crate::identity::IdentityBuilder::issued_at).
    ///
    /// If a kind does not say when its credentials are issued, as `Basic` and API keys do not, the list is asked only by
    /// [`Auth::authorize`](crate::Auth::authorize), with the time at which the credential was verified.
    pub issued_at: Option<SystemTime>,
    /// How far the clock of `issued_at` may be ahead of the local clock: the leeway of the issuer's
    /// [`Jwt`](crate::Jwt::leeway), or of the introspection.
    pub leeway: Duration,
}

/// Tokens, or other credentials, to be revoked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Revoked {
    pub(crate) issuer: Box<str>,
    pub(crate) what: RevocationTarget,
}

impl<'a> RevocationQuery<'a> {
    /// A token with only these properties, to test your own list.
    #[must_use]
    pub fn new(issuer: &'a str, subject: &'a str) -> Self {
        Self {
            issuer,
            subject,
            token_id: None,
            session_id: None,
            issued_at: None,
            leeway: Duration::ZERO,
        }
    }

    pub(crate) fn of(identity: &'a Identity) -> Self {
        let data = identity.data();
        let revocable = &data.revocable;
        let issued_at = match revocable.issued_at {
            IssuedAt::Unknown => None,
            IssuedAt::Known(time) | IssuedAt::Unstated { verified_at: time } => Some(time),
        };
        Self {
            issuer: identity.issuer(),
            subject: identity.subject(),
            token_id: revocable.token_id.as_deref(),
            session_id: revocable.session_id.as_deref(),
            // `None` also if the platform's clock can't represent it.
            issued_at: issued_at.and_then(Timestamp::to_system_time),
            leeway: Duration::from_secs(data.leeway),
        }
    }
}

/// Which tokens of an issuer are revoked, for your own [`Revocation`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RevocationTarget {
    /// One token.
    #[non_exhaustive]
    Token {
        /// Its `jti`.
        id: Box<str>,
        /// When it expires.
        expires: SystemTime,
    },
    /// The tokens of a subject: those whose [`issued_at`](RevocationQuery::issued_at) is in the second of
    /// `before` or earlier, and, unless the rule is `exact`, those that were issued at most
    /// [`leeway`](RevocationQuery::leeway) later.
    #[non_exhaustive]
    Subject {
        /// The subject.
        subject: Box<str>,
        /// The last second that the rule covers.
        before: SystemTime,
        /// Whether `before` was read from the same clock as the `iat` of the tokens.
        exact: bool,
    },
    /// The tokens of one session.
    #[non_exhaustive]
    Session {
        /// Its `sid`.
        id: Box<str>,
    },
    /// All tokens of the issuer that were issued by `before`. Times are compared as for a subject.
    #[non_exhaustive]
    Issuer {
        /// The last second that the rule covers.
        before: SystemTime,
        /// Whether `before` was read from the same clock as the `iat` of the tokens.
        exact: bool,
    },
}

impl Revoked {
    /// The token with this `jti`, which expires at `expires`. The list forgets it afterwards.
    ///
    /// For [`ApiKeys`](crate::ApiKeys), the key with this prefix: its revocation is stored, whatever `expires` is.
    #[must_use]
    pub fn token(
        issuer: impl Into<Box<str>>,
        id: impl Into<Box<str>>,
        expires: SystemTime,
    ) -> Self {
        let id = id.into();
        Self {
            issuer: issuer.into(),
            what: RevocationTarget::Token { id, expires },
        }
    }

    /// All tokens of a subject that could have been issued in the second of `before` or earlier. The
    /// clock of an issuer may be ahead of this machine's by the [leeway](crate::Jwt::leeway) of its
    /// `Jwt`, 60 seconds by default. So a token from a login within the leeway after `before` is refused
    /// as well, until it expires: the subject has to log in again when the leeway is over.
    /// [`exactly`](Self::exactly) compares without the leeway.
    ///
    /// For [`ApiKeys`](crate::ApiKeys), the keys of this owner that were created in the second of `before` or earlier.
    /// There is no leeway, because the time is from the clock of this service.
    ///
    /// `before` should be the current time or earlier. A shared list refuses a time that is more than an hour
    /// ahead, because it would forget the revocation too early.
    #[must_use]
    pub fn subject(
        issuer: impl Into<Box<str>>,
        subject: impl Into<Box<str>>,
        before: SystemTime,
    ) -> Self {
        let subject = subject.into();
        Self {
            issuer: issuer.into(),
            what: RevocationTarget::Subject {
                subject,
                before,
                exact: false,
            },
        }
    }

    /// All tokens of an issuer that could have been issued in the second of `before` or earlier, for
    /// example after its signing key was stolen. Times are compared as for a [subject](Self::subject):
    /// with the [leeway](crate::Jwt::leeway) of the issuer, unless it is [`exactly`](Self::exactly).
    ///
    /// Tokens without `iat` are refused for as long as the revocation is remembered, even new ones. Credentials of
    /// other issuers are not affected. A stolen key must still be removed: the thief can sign tokens
    /// with a later `iat`.
    ///
    /// ```
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
    /// use std::time::SystemTime;
    ///
    /// use auth_runtime::routing::get;
    /// use auth_runtime::{Auth, Router, require_auth};
    /// use auth_runtime::revocation::{MemoryRevocation, Revoked};
    /// use auth_runtime::testing::Issuer;
    /// use axum::{body::Body, http::Request};
    /// use tower::ServiceExt;
    ///
    /// #[require_auth]
    /// async fn orders() {}
    ///
    /// let issuer = |name: &str| Issuer::new(name, "https://api.example");
    /// let (shop, partner) = (issuer("https://shop.example"), issuer("https://partner.example"));
    /// let auth = Auth::builder()
    ///     .bearer(shop.jwt())
    ///     .bearer(partner.jwt())
    ///     .revocation(MemoryRevocation::new())
    ///     .build()?;
    /// let app = Router::new().route("/", get(orders)).with_auth(auth.clone());
    ///
    /// auth.revoke(Revoked::issuer("https://partner.example", SystemTime::now())).await?;
    /// for (issuer, status) in [(&shop, 200), (&partner, 401)] {
    ///     let value = format!("Bearer {}", issuer.token("alice").sign());
    ///     let request = Request::get("/").header("authorization", value).body(Body::empty())?;
    ///     assert_eq!(app.clone().oneshot(request).await?.status(), status);
    /// }
    /// # Ok::<(), auth_runtime::BoxError>(())
    /// # }).unwrap();
    /// ```
    #[must_use]
    pub fn issuer(issuer: impl Into<Box<str>>, before: SystemTime) -> Self {
        Self {
            issuer: issuer.into(),
            what: RevocationTarget::Issuer {
                before,
                exact: false,
            },
        }
    }

    /// Compares the `iat` of the tokens of a [subject](Self::subject) or an [issuer](Self::issuer) without
    /// the leeway of their issuer. Use it for a time that was read from the issuer's own clock. If the time
    /// is from a clock that is behind the issuer's, tokens from just before the revocation are missed, and so are those of
    /// a login that was still being checked then. It has no effect on other revocations.
    #[must_use]
    pub fn exactly(mut self) -> Self {
        if let RevocationTarget::Subject { exact, .. } | RevocationTarget::Issuer { exact, .. } =
            &mut self.what
        {
            *exact = true;
        }
        self
    }

    /// The issuer of the tokens.
    #[must_use]
    pub fn issued_by(&self) -> &str {
        &self.issuer
    }

    /// Which tokens of the issuer are revoked.
    #[must_use]
    pub fn what(&self) -> &RevocationTarget {
        &self.what
    }

    /// All tokens of one session (`sid`).
    #[must_use]
    pub fn session(issuer: impl Into<Box<str>>, id: impl Into<Box<str>>) -> Self {
        let id = id.into();
        Self {
            issuer: issuer.into(),
            what: RevocationTarget::Session { id },
        }
    }
}

/// The status of a list of revoked tokens. Your own list starts from `RevocationStatus::default()`.
#[derive(Clone, Debug, Default, PartialEq, serde::Serialize)]
#[non_exhaustive]
pub struct RevocationStatus {
    /// The number of revocations.
    pub entries: usize,
    /// How many seconds ago the list was last known to be complete; `None` if it never was.
    pub behind_seconds: Option<f64>,
    /// Why the list is degraded, if it is.
    pub degraded: Option<String>,
}

/// An issue time this far in the future is later than the end of every rule about a period.
const BEYOND_RULES: Duration = Duration::from_secs(100 * 365 * 24 * 3600);

/// A type-erased [`Revocation`].
#[derive(Clone)]
pub(crate) struct RevocationList(Arc<SharedList<dyn AnyRevocation>>);

/// A [`RevocationList`] that others own.
pub(crate) struct WeakRevocationList(Weak<SharedList<dyn AnyRevocation>>);

struct SharedList<R: ?Sized> {
    /// Whether the warning about a token that is too old was logged.
    warned: AtomicBool,
    list: R,
}

impl WeakRevocationList {
    /// `None` if the list no longer exists.
    pub(crate) fn upgrade(&self) -> Option<RevocationList> {
        self.0.upgrade().map(RevocationList)
    }
}

impl RevocationList {
    pub(crate) fn new(list: impl Revocation) -> Self {
        list.start();
        let warned = AtomicBool::new(false);
        Self(Arc::new(SharedList { warned, list }))
    }

    pub(crate) fn downgrade(&self) -> WeakRevocationList {
        WeakRevocationList(Arc::downgrade(&self.0))
    }

    /// Whether the token is on the list, or so old that its revocation may have been forgotten.
    pub(crate) fn check(
        &self,
        token: &RevocationQuery<'_>,
        now: SystemTime,
    ) -> Result<bool, BoxError> {
        Ok(self.has(token, now)? || self.may_have_forgotten(token, now))
    }

    /// Whether the token is on the list.
    pub(crate) fn has(
        &self,
        token: &RevocationQuery<'_>,
        now: SystemTime,
    ) -> Result<bool, BoxError> {
        self.0.list.check(token, now)
    }

    /// Compares whole seconds, as `iat`.
    fn may_have_forgotten(&self, token: &RevocationQuery<'_>, now: SystemTime) -> bool {
        let Some(issued_at) = token.issued_at else {
            return false;
        };
        let retention = self.retention();
        let end = Timestamp::of(issued_at).saturating_add(retention.as_secs());
        let is_too_old = end < Timestamp::of(now);
        if is_too_old && !self.0.warned.swap(true, Ordering::Relaxed) {
            tracing::warn!(
                target: "auth_runtime",
                issuer = token.issuer,
                keeps_for_seconds = retention.as_secs(),
                "a token was refused as revoked, because it is older than the list of revoked tokens remembers: \
                 set `entry_ttl` of the list to the longest lifetime of your tokens (logged once)"
            );
        }
        is_too_old
    }

    pub(crate) async fn revoke(&self, revoked: Revoked) -> Result<(), BoxError> {
        self.0.list.revoke(revoked).await
    }

    /// Whether this token, which can be used once, was [revoked](Self::revoke) by its identifier.
    ///
    /// Revocations of its subject or its issuer must not match: they cover tokens up to a time, and the issue time used
    /// here is later. A revocation of one token does not depend on its issue time.
    pub(crate) fn has_used(
        &self,
        issuer: &str,
        id: &str,
        now: SystemTime,
    ) -> Result<bool, BoxError> {
        let token = RevocationQuery {
            token_id: Some(id),
            issued_at: Some(now.checked_add(BEYOND_RULES).unwrap_or(now)),
            ..RevocationQuery::new(issuer, "")
        };
        self.has(&token, now)
    }

    /// How long revocations are remembered.
    pub(crate) fn retention(&self) -> Duration {
        self.0.list.retention()
    }

    pub(crate) fn status(&self) -> RevocationStatus {
        self.0.list.status()
    }

    pub(crate) fn ready(&self) -> BoxFuture<'_, ()> {
        self.0.list.ready()
    }

    pub(crate) fn is_ready(&self) -> bool {
        self.0.list.is_ready()
    }
}

trait AnyRevocation: Send + Sync {
    fn check(&self, token: &RevocationQuery<'_>, now: SystemTime) -> Result<bool, BoxError>;
    fn revoke(&self, revoked: Revoked) -> BoxFuture<'_, Result<(), BoxError>>;
    fn retention(&self) -> Duration;
    fn status(&self) -> RevocationStatus;
    fn ready(&self) -> BoxFuture<'_, ()>;
    fn is_ready(&self) -> bool;
}

impl<R: Revocation> AnyRevocation for R {
    fn check(&self, token: &RevocationQuery<'_>, now: SystemTime) -> Result<bool, BoxError> {
        Revocation::check(self, token, now)
    }

    fn revoke(&self, revoked: Revoked) -> BoxFuture<'_, Result<(), BoxError>> {
        Box::pin(Revocation::revoke(self, revoked))
    }

    fn status(&self) -> RevocationStatus {
        Revocation::status(self)
    }

    fn retention(&self) -> Duration {
        Revocation::retention(self)
    }

    fn ready(&self) -> BoxFuture<'_, ()> {
        Box::pin(Revocation::ready(self))
    }

    fn is_ready(&self) -> bool {
        Revocation::is_ready(self)
    }
}
