//! Sessions of browsers: how they are started, presented and ended, and the stores that keep them.

// First, so that the documentation begins with `Sessions::new` and the settings.
mod settings;

mod any_store;
mod authenticator;
mod cache;
mod cookie;
mod error;
mod id;
mod lifecycle;
mod listing;
mod lookup;
mod new_session;
mod other_nodes;
mod presented;
mod sealing;
mod session_cookie;
mod store;
#[cfg(test)]
mod tests;
mod uses;

use std::fmt;
use std::sync::Arc;

pub use error::SessionError;
pub use new_session::NewSession;
pub use session_cookie::SessionCookie;
#[cfg(any(feature = "sqlite", feature = "postgres", feature = "redis"))]
pub(crate) use store::stored;
pub use store::{FoundSession, MemorySessions, SessionDigest, SessionRecord, SessionStore};

use self::any_store::AnySessionStore;
use self::cache::Cache;
use self::lookup::Lookups;
use self::settings::SessionSettings;
use self::uses::UseWriter;
use crate::changes::Changes;
use crate::revocation::RevocationLists;
use crate::throttle::Throttle;

/// Authenticates callers by the sessions of their browsers ([`AuthBuilder::sessions`](crate::AuthBuilder::sessions)),
/// and starts, renews, lists and ends sessions. Clones share the store and the cache.
///
/// ```
/// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
/// use auth_runtime::routing::{get, post};
/// use auth_runtime::session::{MemorySessions, NewSession, SessionCookie, SessionError};
/// use auth_runtime::{Auth, Identity, Router, Sessions, allow_anonymous, require_auth};
/// use axum::extract::State;
/// use axum::http::request::Parts;
/// use axum::{body::Body, http::Request};
/// use tower::ServiceExt;
///
/// #[allow_anonymous(reason = "login")]
/// async fn log_in(State(sessions): State<Sessions>, request: Parts) -> Result<SessionCookie, SessionError> {
///     // After the password was verified, for example by `Auth::authenticate_password`:
///     let alice = NewSession::new("https://shop.example", "alice").roles(["support"]);
///     sessions.start(&request, alice).await
/// }
///
/// #[allow_anonymous(reason = "logout")]
/// async fn log_out(State(sessions): State<Sessions>, request: Parts) -> Result<SessionCookie, SessionError> {
///     sessions.end(&request).await
/// }
///
/// #[require_auth(role = "support")]
/// async fn tickets(caller: Identity) -> String {
///     format!("tickets for {}", caller.subject())
/// }
///
/// let sessions = Sessions::new(MemorySessions::new());
/// let auth = Auth::builder()
///     .sessions(sessions.clone())
///     .public_origin("https://shop.example")
///     .build()?;
/// let app = Router::new()
///     .route("/login", post(log_in))
///     .route("/logout", post(log_out))
///     .route("/tickets", get(tickets))
///     .with_state(sessions)
///     .with_auth(auth);
///
/// let logged_in = app.clone().oneshot(Request::post("/login").body(Body::empty())?).await?;
/// let cookie = logged_in.headers()["set-cookie"].to_str()?;
/// let (cookie, attributes) = cookie.split_once("; ").unwrap();
/// assert!(cookie.starts_with("__Host-Http-sid="));
/// assert_eq!(attributes, "HttpOnly; SameSite=Lax; Secure; Path=/");
///
/// let request = |path| Request::builder().uri(path).header("cookie", cookie);
/// let tickets = || request("/tickets").body(Body::empty()).unwrap();
/// assert_eq!(app.clone().oneshot(tickets()).await?.status(), 200);
///
/// // A form on another site can send the cookie, but not in the name of this site.
/// let forged = request("/logout").method("POST").header("origin", "https://evil.example");
/// assert_eq!(app.clone().oneshot(forged.body(Body::empty())?).await?.status(), 403);
///
/// let logged_out = request("/logout").method("POST").header("origin", "https://shop.example");
/// assert_eq!(app.clone().oneshot(logged_out.body(Body::empty())?).await?.status(), 200);
/// assert_eq!(app.oneshot(tickets()).await?.status(), 401);
/// # Ok::<(), auth_runtime::BoxError>(())
/// # }).unwrap();
/// ```
///
/// 1. **All invalid sessions get the same answer.** A session that has timed out, was ended or never existed gets 401
///    with the code `session_expired` (row H3 of the conformance table). The answer never deletes the cookie: a late
///    answer to an old identifier would delete the new one.
/// 2. **A session times out** if it is not used for 30 minutes
///    ([`idle_timeout`](Self::idle_timeout)), and 12 hours after its start ([`lifetime`](Self::lifetime)).
/// 3. **A session that was ended is refused** at once on the node that ends it. Other nodes refuse it after
///    [`cache_ttl`](Self::cache_ttl), and sooner if the `Auth` has a shared list of revoked credentials
///    ([`AuthBuilder::revocation`](crate::AuthBuilder::revocation)).
/// 4. **If the store fails, the answer is 503**, and the cookie stays.
/// 5. **Requests from other sites are refused** before the session is looked up: see
///    [the guide](crate::guide::csrf).
///
/// Settings such as `.idle_timeout(..)` apply only to the clone they are called on.
///
/// It needs a Tokio runtime with its timer enabled, as with `#[tokio::main]`.
#[derive(Clone)]
#[must_use]
pub struct Sessions {
    settings: Arc<SessionSettings>,
    shared: Arc<Shared>,
}

struct Shared {
    store: Box<dyn AnySessionStore>,
    cache: Cache,
    lookups: Lookups,
    uses: UseWriter,
    changes: SessionChanges,
    revocation_lists: RevocationLists,
    /// Limits how often expired sessions are removed.
    removals: Throttle,
}

/// The changes that this node makes.
struct SessionChanges {
    /// Those of one session, by its digest.
    sessions: Changes,
    /// Those that end many sessions. All share one counter, because they are rare.
    many: Changes,
}

impl fmt::Debug for Sessions {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Sessions")
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}

/// A fault of the settings.
#[derive(Debug, thiserror::Error)]
enum Fault {
    #[error("{0:?} is not a valid cookie name: it must be a token (RFC 6265 section 4.1.1)")]
    CookieName(String),
    #[error(
        "browsers do not store the cookie {0:?} without `Secure`: call `.cookie_name(..)` with a name without such a \
         prefix, or do not call `.insecure_cookie()`"
    )]
    InsecurePrefix(String),
    #[error("a time-out of sessions is shorter than a second")]
    TimeoutTooShort,
    #[error("the idle time-out of sessions is longer than their lifetime, so it would never apply")]
    IdleTimeoutTooLong,
    #[error(
        "the lifetime of sessions is longer than 400 days, the longest time for which browsers keep a cookie"
    )]
    LifetimeTooLong,
    #[error(
        "`.cache_ttl(..)` is longer than an hour, for which other nodes are told that a session was ended"
    )]
    CacheTtlTooLong,
    #[error("`.store_timeout(..)` is zero: every request would get 503")]
    StoreTimeout,
    #[error("`.concurrent_lookups(..)` is zero: every request would get 503")]
    ConcurrentLookups,
    #[error("the sealing key {0:?} does not have 32 bytes")]
    SealingKey(String),
    #[error("the name of a sealing key is longer than 255 bytes")]
    SealingKeyName,
    #[error("there are two sealing keys with the name {0:?}")]
    SealingKeyTwice(String),
}
