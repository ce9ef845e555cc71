//! Basic (RFC 7617): user names and passwords.

mod any_store;
mod log_in;
mod new_password;
mod parse;
#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use http::request::Parts;

use self::any_store::AnyUserStore;
use crate::authenticator::{
    AuthenticationError, AuthenticationOutcome, Authenticator, Challenge, CredentialRequest,
};
use crate::basic::parse::BasicCredentials;
use crate::box_error::BoxError;
use crate::credential::Source;
use crate::identity::Provides;
use crate::limit::FailureLimit;
use crate::scheme::Scheme;
use crate::throttle::Throttle;
use crate::users::UserStore;
use crate::users::password::{PasswordFault, PasswordHashing, PasswordVerifier};

/// Authenticates callers by user names and passwords (RFC 7617): see
/// [`AuthBuilder::basic`](crate::AuthBuilder::basic).
///
/// Start the server with `into_make_service_with_connect_info::<SocketAddr>()`. Without it the addresses
/// of clients are unknown, and failures are counted only by account. On a Unix socket see
/// [`AuthBuilder::trust_unix_peers`](crate::AuthBuilder::trust_unix_peers).
///
/// ```
/// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
/// use auth_runtime::routing::get;
/// use auth_runtime::{Auth, Basic, Identity, Router, require_auth};
/// use auth_runtime::users::{PasswordHashing, User, Users};
/// use axum::{body::Body, http::Request};
/// use tower::ServiceExt;
///
/// #[require_auth(scope = "orders:read")]
/// async fn orders(caller: Identity) -> String {
///     format!("orders of {}", caller.subject())
/// }
///
/// let hashing = PasswordHashing::default();
/// # let hashing = hashing.memory_kib(8).iterations(1);
/// let users = Users::new()
///     .add("alice", User::new(hashing.hash("open sesame")?).scopes(["orders:read"]));
/// let auth = Auth::builder().basic(Basic::users(users).hashing(hashing)).build()?;
/// let app = Router::new().route("/orders", get(orders)).with_auth(auth);
///
/// let request = |credentials: &str| {
///     let value = format!("Basic {credentials}");
///     Request::get("/orders").header("authorization", value).body(Body::empty()).unwrap()
/// };
/// let alice = request("YWxpY2U6b3BlbiBzZXNhbWU="); // alice:open sesame
/// assert_eq!(app.clone().oneshot(alice).await?.status(), 200);
///
/// let refused = app.oneshot(request("YWxpY2U6c2VzYW1l")).await?;
/// assert_eq!(refused.status(), 401);
/// assert_eq!(refused.headers()["www-authenticate"], r#"Basic realm="api", charset="UTF-8""#);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
///
/// 1. **All failed logins get the same answer** (rows F2 to F4 of the conformance table). An unknown
///    user, a wrong password, a locked or expired account and malformed credentials get the same bytes.
///    The first three take the same time: for an unknown user, the password is compared with a dummy
///    hash, and work is added for a stored hash that costs less.
/// 2. **Hashes are computed outside of the async threads**, a few at once, with a queue of limited
///    length: see [`PasswordHashing`]. Requests beyond this limit get 503, as do requests while the
///    store is unavailable or slow. They never get 401 and are never let in.
/// 3. **Repeated failures are limited** (row F5): see [`FailureLimit`]. The limit is checked before the
///    look-up, and again before the hash is computed. Accounts are counted by their names in lower case.
///    Addresses are counted only if they are known; without them, trying one password with many names is
///    not limited.
/// 4. **A successful login renews an outdated hash** in the background, at most once a second, if the
///    store [takes new hashes](UserStore::takes_new_hashes).
/// 5. **A stored hash that can't be verified** gets the same answer as a wrong password, in the same
///    time, because a different answer would reveal that the user exists. An error with the user's name
///    is logged. This includes hashes that need more than [`PasswordHashing::most_memory_kib`].
///
/// | setting | default |
/// |---|---|
/// | [`issuer`](Self::issuer) | `basic` |
/// | [`hashing`](Self::hashing) | [`PasswordHashing::default`] |
/// | [`failure_limit`](Self::failure_limit) | [`FailureLimit::default`] |
/// | [`store_timeout`](Self::store_timeout) | 2 seconds |
/// | [`renamed_for_scripts`](Self::renamed_for_scripts) | off |
///
/// # Limitations
///
/// * A password is not revoked by [`Auth::revoke`](crate::Auth::revoke). To refuse a user, [lock](crate::users::User::locked)
///   or remove the account in the store.
/// * Every request contains the password and requires computing a hash. Use TLS, and expect only a few
///   requests per second.
/// * Names and passwords are UTF-8 without control characters, and are compared octet by octet. Names
///   are compared by the store, which may do so differently: see [`UserStore::find`]. Nothing is
///   normalised: clients should send, and applications store, Unicode Normalization Form C
///   (RFC 7617 section 2.1, RFC 8265).
/// * A stored hash that costs less than the settings takes as long as one with the settings: the
///   missing work is added. For Argon2 with the memory of the settings, the iterations are made equal.
///   For scrypt, PBKDF2 and Argon2 with other memory, the work is estimated from the time of the hashes
///   computed so far, so that a difference of a few percent may remain, and a greater one at the first
///   logins. This works for up to sixteen other sizes of memory; beyond that, memory times iterations
///   is made equal, and less memory is up to a third faster.
/// * A stored hash that costs **more** than the settings takes longer than an unknown user, and the
///   time reveals that the user exists: set [`hashing`](Self::hashing) to the highest costs of the
///   stored hashes. Cheaper and costlier stored hashes are logged once each (warn).
///
/// [`Auth::authenticate_password`](crate::Auth::authenticate_password) verifies the password of a login form in the same
/// way.
///
/// Clones share the store, the queue of the logins and the failure limit. Settings such as `.issuer(..)` apply only to the
/// clone they are called on.
///
/// It needs a Tokio runtime with its timer enabled, as with `#[tokio::main]`.
#[derive(Clone)]
#[must_use]
pub struct Basic {
    store: Arc<dyn AnyUserStore>,
    issuer: Arc<str>,
    hashing: PasswordHashing,
    failure_limit: Option<FailureLimit>,
    store_timeout: Duration,
    renamed_for_scripts: Option<Scheme>,
    /// Created at first use, which is in `build`, because it computes a hash.
    verifier: Arc<OnceLock<Result<Arc<PasswordVerifier>, PasswordFault>>>,
    rehashing: Arc<Throttle>,
    unreadable: Arc<Throttle>,
}

impl Basic {
    /// Uses the users in `store`: a [`UserFile`](crate::users::UserFile), a list of
    /// [`Users`](crate::users::Users), or your own store.
    pub fn users(store: impl UserStore) -> Self {
        Self {
            store: Arc::new(store),
            issuer: "basic".into(),
            hashing: PasswordHashing::default(),
            failure_limit: Some(FailureLimit::default()),
            store_timeout: Duration::from_secs(2),
            renamed_for_scripts: None,
            verifier: Arc::default(),
            rehashing: Arc::default(),
            unreadable: Arc::default(),
        }
    }

    /// The [issuer](crate::Identity::issuer) of the identities. The default is `basic`.
    ///
    /// A user is not the subject of a token with the same name, unless this is the issuer of the token.
    pub fn issuer(mut self, issuer: impl Into<Arc<str>>) -> Self {
        self.issuer = issuer.into();
        self
    }

    /// How new hashes are computed, which stored hashes are outdated, and how many are computed at once.
    pub fn hashing(mut self, hashing: PasswordHashing) -> Self {
        self.hashing = hashing;
        self.verifier = Arc::default();
        self
    }

    /// Limits failed logins, per client address and per account. Beyond the limit the answer is 429 with
    /// `Retry-After` (row F5 of the conformance table). The default is [`FailureLimit::default`]. Several
    /// kinds of credentials can share one limit; `None` means no limit. If the addresses of clients are
    /// not known, only accounts are counted.
    pub fn failure_limit(mut self, limit: impl Into<Option<FailureLimit>>) -> Self {
        self.failure_limit = limit.into();
        self
    }

    /// How long a request waits for the store before it gets 503.
    pub fn store_timeout(mut self, time: Duration) -> Self {
        self.store_timeout = time;
        self
    }

    /// Sets a different scheme for the challenge of requests with `X-Requested-With`, for instance
    /// `Scheme::new("xBasic")`, so that the browser does not show its password dialog for requests of
    /// scripts (row F6 of the conformance table). This is not part of RFC 7617.
    pub fn renamed_for_scripts(mut self, scheme: Scheme) -> Self {
        self.renamed_for_scripts = Some(scheme);
        self
    }

    fn verifier(&self) -> Result<&Arc<PasswordVerifier>, PasswordFault> {
        let create = || PasswordVerifier::new(self.hashing.clone()).map(Arc::new);
        self.verifier
            .get_or_init(create)
            .as_ref()
            .map_err(|fault| *fault)
    }
}

impl Authenticator for Basic {
    fn scheme(&self) -> Scheme {
        Scheme::BASIC
    }

    fn sources(&self) -> Vec<Source> {
        vec![Source::authorization()]
    }

    fn provides(&self) -> Provides {
        Provides::NONE.scopes().roles()
    }

    fn authenticate<'a>(&'a self, presented: CredentialRequest<'a>) -> AuthenticationOutcome<'a> {
        let Some(credentials) = presented.authorization(Scheme::BASIC) else {
            return AuthenticationOutcome::Absent;
        };
        match BasicCredentials::decode(credentials) {
            Ok(credentials) => AuthenticationOutcome::pending(self.log_in(presented, credentials)),
            Err(_) => Err(AuthenticationError::Credentials).into(),
        }
    }

    fn challenge(&self, request: &Parts) -> Challenge {
        let by_script = request.headers.contains_key("x-requested-with");
        let renamed = self.renamed_for_scripts.filter(|_| by_script);
        Challenge::new(renamed.unwrap_or(Scheme::BASIC)).parameter("charset", "UTF-8")
    }

    fn faults(&self) -> Vec<BoxError> {
        let mut faults = self.store.faults();
        let settings = self.hashing.faults();
        if settings.is_empty() {
            faults.extend(self.verifier().err().map(Into::into));
        }
        faults.extend(settings.into_iter().map(Into::into));
        if self.store_timeout.is_zero() {
            faults.push("`.store_timeout(..)` is zero: every request would get 503".into());
        }
        faults
    }
}

impl fmt::Debug for Basic {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Basic")
            .field("issuer", &self.issuer)
            .field("hashing", &self.hashing)
            .field("failure_limit", &self.failure_limit)
            .field("store_timeout", &self.store_timeout)
            .field("renamed_for_scripts", &self.renamed_for_scripts)
            .finish_non_exhaustive()
    }
}
