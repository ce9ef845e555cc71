//! Tests of sessions with a stopped clock and a store that counts its calls.

#![allow(
    clippy::unchecked_time_subtraction,
    reason = "a test with a negative duration fails"
)]

mod caching;
mod ending;
mod idle;
mod starting;
mod store_failures;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use http::Request;
use http::header::COOKIE;
use http::request::Parts;
use tokio::sync::Notify;
use tokio::time::{Instant, sleep};

use super::{
    FoundSession, MemorySessions, NewSession, SessionCookie, SessionDigest, SessionError,
    SessionRecord, SessionStore, Sessions,
};
use crate::authenticator::{AuthenticationError, Authenticator, CredentialRequest};
use crate::box_error::BoxError;
use crate::identity::{Identity, IdentityId};
use crate::lock::Mutex;

const ISSUER: &str = "https://shop.example";
const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(60 * 60);
fn start_time() -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(1_700_000_000)
}

/// A clock that goes with the paused clock of tokio.
fn clock() -> impl Fn() -> SystemTime + Clone + Send + Sync + 'static {
    let begun = Instant::now();
    move || start_time() + begun.elapsed()
}

/// A store in memory that counts its calls, and fails or waits if told to. Clones are nodes that share it.
#[derive(Clone)]
struct TestStore {
    sessions: MemorySessions,
    calls: Arc<Calls>,
}

#[derive(Default)]
struct Calls {
    finds: AtomicUsize,
    uses: AtomicUsize,
    is_down: Mutex<bool>,
    /// How long a `find` takes after it has read.
    delay: Mutex<Duration>,
    /// If set, the next `find` waits for the second after it has read and told the first.
    pause: Mutex<Option<(Arc<Notify>, Arc<Notify>)>>,
}

impl TestStore {
    fn new() -> Self {
        Self {
            sessions: MemorySessions::with_clock(clock()),
            calls: Arc::default(),
        }
    }

    /// The look-ups and the written uses so far.
    fn calls(&self) -> (usize, usize) {
        let count = |counter: &AtomicUsize| counter.load(Ordering::SeqCst);
        (count(&self.calls.finds), count(&self.calls.uses))
    }

    fn set_down(&self, is_down: bool) {
        *self.calls.is_down.lock() = is_down;
    }

    fn set_delay(&self, delay: Duration) {
        *self.calls.delay.lock() = delay;
    }

    fn check(&self) -> Result<(), BoxError> {
        if *self.calls.is_down.lock() {
            return Err("the store is down".into());
        }
        Ok(())
    }
}

impl SessionStore for TestStore {
    async fn now(&self) -> Result<SystemTime, BoxError> {
        self.check()?;
        SessionStore::now(&self.sessions).await
    }

    async fn insert(
        &self,
        session: &SessionRecord,
        replaced: Option<&SessionDigest>,
    ) -> Result<(), BoxError> {
        self.check()?;
        self.sessions.insert(session, replaced).await
    }

    async fn find(&self, digest: &SessionDigest) -> Result<Option<FoundSession>, BoxError> {
        self.calls.finds.fetch_add(1, Ordering::SeqCst);
        self.check()?;
        let found = self.sessions.find(digest).await;
        let pause = self.calls.pause.lock().take();
        if let Some((has_read, go_on)) = pause {
            has_read.notify_one();
            go_on.notified().await;
        }
        let delay = *self.calls.delay.lock();
        if !delay.is_zero() {
            sleep(delay).await;
        }
        found
    }

    async fn record_use(&self, digest: &SessionDigest) -> Result<bool, BoxError> {
        self.calls.uses.fetch_add(1, Ordering::SeqCst);
        self.check()?;
        self.sessions.record_use(digest).await
    }

    async fn renew(
        &self,
        old: &SessionDigest,
        new: &SessionDigest,
        sealed: Option<&[u8]>,
    ) -> Result<bool, BoxError> {
        self.check()?;
        self.sessions.renew(old, new, sealed).await
    }

    async fn remove(&self, digest: &SessionDigest) -> Result<bool, BoxError> {
        self.check()?;
        self.sessions.remove(digest).await
    }

    async fn remove_all(&self, issuer: &str, subject: Option<&str>) -> Result<(), BoxError> {
        self.check()?;
        self.sessions.remove_all(issuer, subject).await
    }

    async fn remove_others(
        &self,
        issuer: &str,
        subject: &str,
        kept: &SessionDigest,
    ) -> Result<(), BoxError> {
        self.check()?;
        self.sessions.remove_others(issuer, subject, kept).await
    }

    async fn remove_of_provider(&self, issuer: &str, id: &str) -> Result<(), BoxError> {
        self.check()?;
        self.sessions.remove_of_provider(issuer, id).await
    }

    async fn list(&self, issuer: &str, subject: &str) -> Result<Vec<SessionRecord>, BoxError> {
        self.check()?;
        self.sessions.list(issuer, subject).await
    }

    async fn remove_expired(&self) -> Result<(), BoxError> {
        self.sessions.remove_expired().await
    }
}

fn alice() -> NewSession {
    NewSession::new(ISSUER, "alice")
}

fn alice_id() -> IdentityId {
    IdentityId::new(ISSUER, "alice")
}

/// A request with this cookie, a name and a value.
fn request(cookie: Option<&str>) -> Parts {
    let mut request = Request::builder();
    if let Some(cookie) = cookie {
        request = request.header(COOKIE, cookie);
    }
    request.body(()).unwrap().into_parts().0
}

/// The name and the value of a cookie.
fn pair(cookie: &SessionCookie) -> String {
    let cookie = cookie.set_cookie.to_str().unwrap();
    cookie.split(';').next().unwrap().to_owned()
}

/// Starts a session, and returns its cookie.
async fn start(sessions: &Sessions, session: NewSession) -> String {
    pair(
        &sessions
            .start_unchecked(&request(None), session)
            .await
            .unwrap(),
    )
}

async fn authenticate(sessions: &Sessions, cookie: &str) -> Result<Identity, AuthenticationError> {
    let parts = request(Some(cookie));
    let clock = clock();
    let request = CredentialRequest::to(sessions, &parts, None, &clock);
    let result = sessions.authenticate(request).settle().await;
    // What the request has started in the background.
    for _ in 0..10 {
        tokio::task::yield_now().await;
    }
    result
}

async fn is_valid(sessions: &Sessions, cookie: &str) -> bool {
    match authenticate(sessions, cookie).await {
        Ok(_) => true,
        Err(AuthenticationError::SessionExpired) => false,
        Err(error) => panic!("{error}"),
    }
}
