//! API keys with a store that a test can slow down, break and observe. Time is paused: it advances
//! when all tasks wait, or when a test advances it.

mod administration;
mod last_use;
mod load;
mod lookups;
mod revocation;
mod sources;

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use http::Request;
use http::request::Parts;
use tokio::sync::Semaphore;

use super::{ApiKey, ApiKeys, NewApiKey};
use crate::api_key::store::{ApiKeyDigest, ApiKeyRecord, ApiKeyStore, MemoryApiKeys, RotateError};
use crate::authenticator::{
    AuthenticationError, AuthenticationOutcome, Authenticator, CredentialRequest,
};
use crate::box_error::BoxError;
use crate::clock::Clock;
use crate::identity::Identity;

/// A store in memory that a test controls. Clones share the keys.
#[derive(Clone, Default)]
struct Store {
    keys: MemoryApiKeys,
    control: Arc<Control>,
}

#[derive(Default)]
struct Control {
    finds: AtomicUsize,
    /// How many look-ups have read their answer and wait to return it.
    held: AtomicUsize,
    hold: AtomicBool,
    go: GoAhead,
    hold_revocations: AtomicBool,
    delay_revocations: AtomicBool,
    fails: AtomicBool,
    /// The prefix of a key that can't be revoked.
    unrevocable: Mutex<Option<String>>,
    /// Whether `record_use` panics.
    panics: AtomicBool,
    tellings: AtomicUsize,
    /// A wrong answer of look-ups.
    lie: Mutex<Option<ApiKeyRecord>>,
    writes: Mutex<Vec<usize>>,
}

struct GoAhead(Semaphore);

impl Default for GoAhead {
    fn default() -> Self {
        Self(Semaphore::new(0))
    }
}

impl Store {
    fn finds(&self) -> usize {
        self.control.finds.load(Ordering::SeqCst)
    }

    fn fail(&self, fails: bool) {
        self.control.fails.store(fails, Ordering::SeqCst);
    }

    /// From now on look-ups read their answer at once and wait to return it.
    fn hold(&self) {
        self.control.hold.store(true, Ordering::SeqCst);
    }

    /// From now on revocations take effect and never return.
    fn hold_revocations(&self) {
        self.control.hold_revocations.store(true, Ordering::SeqCst);
    }

    /// From now on revocations take effect when they are released.
    fn delay_revocations(&self) {
        self.control.delay_revocations.store(true, Ordering::SeqCst);
    }

    async fn until_held(&self, lookups: usize) {
        for _ in 0..10_000 {
            if self.control.held.load(Ordering::SeqCst) >= lookups {
                return;
            }
            tokio::task::yield_now().await;
        }
        panic!("no look-up has begun");
    }

    fn release(&self) {
        self.control.hold.store(false, Ordering::SeqCst);
        let held = self.control.held.swap(0, Ordering::SeqCst);
        self.control.go.0.add_permits(held);
    }

    /// Forgets the waiting look-ups, whose tasks no longer exist.
    fn forget_held(&self) {
        self.control.hold.store(false, Ordering::SeqCst);
        self.control.held.store(0, Ordering::SeqCst);
    }

    fn lie(&self, record: ApiKeyRecord) {
        *self.control.lie.lock().unwrap() = Some(record);
    }

    /// How many uses each write had.
    fn writes(&self) -> Vec<usize> {
        self.control.writes.lock().unwrap().clone()
    }

    fn check(&self) -> Result<(), BoxError> {
        if self.control.fails.load(Ordering::SeqCst) {
            return Err("the disk is full".into());
        }
        Ok(())
    }
}

impl ApiKeyStore for Store {
    async fn find(&self, digest: &ApiKeyDigest) -> Result<Option<ApiKeyRecord>, BoxError> {
        self.control.finds.fetch_add(1, Ordering::SeqCst);
        self.check()?;
        let mut found = self.keys.find(digest).await;
        if self.control.hold.load(Ordering::SeqCst) {
            self.control.held.fetch_add(1, Ordering::SeqCst);
            self.control.go.0.acquire().await.unwrap().forget();
        }
        if let Some(lie) = self.control.lie.lock().unwrap().clone() {
            found = Ok(Some(lie));
        }
        found
    }

    async fn find_by_prefix(&self, prefix: &str) -> Result<Option<ApiKeyRecord>, BoxError> {
        self.check()?;
        self.keys.find_by_prefix(prefix).await
    }

    async fn list(&self, owner: Option<&str>) -> Result<Vec<ApiKeyRecord>, BoxError> {
        self.check()?;
        self.keys.list(owner).await
    }

    async fn insert(&self, key: &ApiKeyRecord) -> Result<(), BoxError> {
        self.check()?;
        self.keys.insert(key).await
    }

    async fn revoke(&self, prefix: &str, time: SystemTime) -> Result<bool, BoxError> {
        if self.control.delay_revocations.load(Ordering::SeqCst) {
            self.control.held.fetch_add(1, Ordering::SeqCst);
            self.control.go.0.acquire().await.unwrap().forget();
        }
        if self.control.unrevocable.lock().unwrap().as_deref() == Some(prefix) {
            return Err("the row is locked".into());
        }
        let done = self.keys.revoke(prefix, time).await;
        if self.control.hold_revocations.load(Ordering::SeqCst) {
            std::future::pending::<()>().await;
        }
        // The revocation has taken effect, and the answer is lost.
        self.check()?;
        done
    }

    async fn rotate(
        &self,
        prefix: &str,
        time: SystemTime,
        successor: &ApiKeyRecord,
    ) -> Result<(), RotateError> {
        self.check()?;
        self.keys.rotate(prefix, time, successor).await
    }

    async fn record_use(&self, uses: &[(String, SystemTime)]) -> Result<(), BoxError> {
        self.control.tellings.fetch_add(1, Ordering::SeqCst);
        assert!(
            !self.control.panics.load(Ordering::SeqCst),
            "requested by the test"
        );
        if self.control.hold.load(Ordering::SeqCst) {
            self.control.held.fetch_add(1, Ordering::SeqCst);
            self.control.go.0.acquire().await.unwrap().forget();
        }
        self.check()?;
        self.control.writes.lock().unwrap().push(uses.len());
        self.keys.record_use(uses).await
    }
}

/// A clock that a test sets.
#[derive(Clone)]
struct ManualClock(Arc<AtomicU64>);

impl ManualClock {
    fn new() -> Self {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        Self(Arc::new(AtomicU64::new(since.as_secs())))
    }

    fn forward(&self, seconds: u64) {
        self.0.fetch_add(seconds, Ordering::SeqCst);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(self.0.load(Ordering::SeqCst))
    }
}

/// A node that authenticates requests.
#[derive(Clone)]
struct Node {
    keys: ApiKeys,
    clock: ManualClock,
}

impl Node {
    fn new(keys: ApiKeys) -> Self {
        Self {
            keys,
            clock: ManualClock::new(),
        }
    }

    async fn present(&self, text: &str) -> Result<Identity, AuthenticationError> {
        self.present_from(text, None).await
    }

    async fn present_from(
        &self,
        text: &str,
        address: impl Into<Option<IpAddr>>,
    ) -> Result<Identity, AuthenticationError> {
        let request = parts("/", &[("x-api-key", text)]);
        let result = authenticate(&self.keys, &request, address.into(), &self.clock).await;
        result.expect("the request has a key")
    }

    async fn lets_in(&self, key: &ApiKey) -> bool {
        match self.present(key.reveal()).await {
            Ok(_) => true,
            Err(AuthenticationError::Credentials) => false,
            Err(other) => panic!("{other:?}"),
        }
    }

    async fn create(&self) -> ApiKey {
        let (_, key) = self.keys.create(NewApiKey::new("alice")).await.unwrap();
        key
    }
}

fn node() -> (Node, Store) {
    let store = Store::default();
    (Node::new(ApiKeys::new(store.clone())), store)
}

/// `None` if there is no key in the request.
async fn authenticate(
    keys: &ApiKeys,
    request: &Parts,
    peer: Option<IpAddr>,
    clock: &ManualClock,
) -> Option<Result<Identity, AuthenticationError>> {
    let authentication = keys.authenticate(CredentialRequest::to(keys, request, peer, clock));
    match authentication {
        AuthenticationOutcome::Absent => None,
        AuthenticationOutcome::Decided(result) => Some(result),
        AuthenticationOutcome::Pending(future) => Some(future.await),
    }
}

fn parts(target: &str, lines: &[(&str, &str)]) -> Parts {
    let mut request = Request::get(target);
    for (name, value) in lines {
        request = request.header(*name, *value);
    }
    request.body(()).unwrap().into_parts().0
}

/// The same prefix with another secret and a valid checksum.
fn wrong_secret(key: &ApiKey) -> String {
    let text = format!("{}_{}", key.prefix(), "x".repeat(43));
    let checksum = crate::api_key::parse::checksum(&text);
    format!("{text}{checksum}")
}
