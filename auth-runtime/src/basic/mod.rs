//! Basic (RFC 7617): user names and passwords.

mod any_store;
mod log_in;
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

/// User names and passwords (RFC 7617):
/// [`AuthBuilder::basic`](crate::AuthBuilder::basic) accepts them. Start the server with
/// `into_make_service_with_connect_info::<SocketAddr>()`: without it the addresses of clients are
/// unknown, and failures are counted by account alone. On a Unix socket see
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
/// 1. **One answer for all that is not good** (rows F2 to F4): an unknown user, a wrong password, a
///    locked or expired account and credentials without the form of any get the same bytes. The
///    first three cost the same: for an unknown user, the password is compared with a hash made for
///    the purpose, and work is added to a stored hash that costs less.
/// 2. **Hashes are computed beside the async threads**, a few at once, and those who wait are
///    counted: see [`PasswordHashing`]. One more is answered 503, and so is who meets a store that
///    is down or slow, never 401 and never in.
/// 3. **Who keeps failing has to wait** (row F5): see [`FailureLimit`]. It is asked before the
///    store is, and again before the hash is computed. Accounts are counted by their names in lower
///    case. Addresses are counted only where they are known: nothing else stops whoever tries
///    one password with many names.
/// 4. **A good log-in renews an outdated hash**, behind the answer and at most once a second, if
///    the store [takes new hashes](UserStore::takes_new_hashes).
/// 5. **A stored hash that can't be verified** is answered like a wrong password, at the same cost,
///    since any other answer would tell that there is such a user. An error in the log names them.
///    So is one that takes more than [`PasswordHashing::most_memory_kib`].
///
/// | | default |
/// |---|---|
/// | [`issuer`](Self::issuer) | `basic` |
/// | [`hashing`](Self::hashing) | [`PasswordHashing::default`] |
/// | [`failure_limit`](Self::failure_limit) | [`FailureLimit::default`] |
/// | [`store_timeout`](Self::store_timeout) | 2 seconds |
/// | [`renamed_for_scripts`](Self::renamed_for_scripts) | off |
///
/// # What to know
///
/// * The password travels with every request and a hash is computed for each of them: this is for
///   TLS, and for a few requests a second.
/// * Names and passwords are compared octet by octet as they are sent, UTF-8 without control
///   characters; names by the store, which may do otherwise: see [`UserStore::find`]. Nothing is
///   normalised: clients are to send, and applications to store, Unicode Normalization Form C
///   (RFC 7617 section 2.1, RFC 8265).
/// * A stored hash that costs less than the settings takes as long as one with the settings: the
///   missing work is added. For Argon2 with the memory of the settings, the iterations are made equal.
///   For scrypt, PBKDF2 and Argon2 with other memory, the work is estimated from the time of the hashes
///   computed so far, so that a difference of a few percent may remain, and a greater one at the first
///   log-ins. This works for up to sixteen other sizes of memory; beyond that, memory times iterations
///   is made equal, and less memory is up to a third faster.
/// * A stored hash that costs **more** than the settings takes longer than an unknown user, and the
///   time reveals that the user exists: set [`hashing`](Self::hashing) to the highest costs of the
///   stored hashes. Cheaper and costlier stored hashes are logged once each (warn).
///
/// It needs a tokio runtime with its timer, as `#[tokio::main]` and axum have.
#[must_use]
pub struct Basic {
    store: Arc<dyn AnyUserStore>,
    issuer: Arc<str>,
    hashing: PasswordHashing,
    failure_limit: Option<FailureLimit>,
    store_timeout: Duration,
    renamed_for_scripts: Option<Scheme>,
    /// Made when it is first asked for, which is by `build`: a hash has to be computed for it.
    verifier: OnceLock<Result<Arc<PasswordVerifier>, PasswordFault>>,
    rehashing: Throttle,
    unreadable: Throttle,
}

impl Basic {
    /// The users in `store`: a [`UserFile`](crate::users::UserFile), a list of [`Users`](crate::users::Users), or
    /// a store of your own.
    pub fn users(store: impl UserStore) -> Self {
        Self {
            store: Arc::new(store),
            issuer: "basic".into(),
            hashing: PasswordHashing::default(),
            failure_limit: Some(FailureLimit::default()),
            store_timeout: Duration::from_secs(2),
            renamed_for_scripts: None,
            verifier: OnceLock::new(),
            rehashing: Throttle::default(),
            unreadable: Throttle::default(),
        }
    }

    /// The [issuer](crate::Identity::issuer) of the identities. Users are subjects of their own,
    /// also if tokens have subjects of the same name; give the issuer of those tokens here if they
    /// are the same people.
    pub fn issuer(mut self, issuer: impl Into<Arc<str>>) -> Self {
        self.issuer = issuer.into();
        self
    }

    /// How new hashes are made, which old ones are outdated, and how many are computed at once.
    pub fn hashing(mut self, hashing: PasswordHashing) -> Self {
        self.hashing = hashing;
        self.verifier = OnceLock::new();
        self
    }

    /// Who fails too often has to wait (row F5): another limit, for instance the one that other
    /// kinds of credentials count with, or `None` for no limit. Without the addresses of clients
    /// (`into_make_service_with_connect_info::<SocketAddr>()`) it counts accounts only.
    pub fn failure_limit(mut self, limit: impl Into<Option<FailureLimit>>) -> Self {
        self.failure_limit = limit.into();
        self
    }

    /// How long a request waits for the store before it is answered 503.
    pub fn store_timeout(mut self, time: Duration) -> Self {
        self.store_timeout = time;
        self
    }

    /// The scheme of the challenge for requests with `X-Requested-With`, for instance
    /// `Scheme::new("xBasic")`: browsers then don't ask for a password while a script runs, and the
    /// script can (row F6). RFC 7617 has no such scheme.
    pub fn renamed_for_scripts(mut self, scheme: Scheme) -> Self {
        self.renamed_for_scripts = Some(scheme);
        self
    }

    fn verifier(&self) -> Result<&Arc<PasswordVerifier>, PasswordFault> {
        let made = || PasswordVerifier::new(self.hashing.clone()).map(Arc::new);
        self.verifier
            .get_or_init(made)
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
            faults.push("the store has no time to answer: every request would be 503".into());
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
