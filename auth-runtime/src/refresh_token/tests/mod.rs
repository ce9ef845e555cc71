//! Rotation, reuse, expiry and the end of logins, with a clock that stands still.

mod endings;
mod reading;
mod responses;
mod revocation;
mod rotation;
mod settings;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::{
    LEEWAY, MemoryRefreshTokens, RefreshError, RefreshToken, RefreshTokenFamily,
    RefreshTokenRotation, RefreshTokenStore, RefreshTokens, RefreshTokensBuilder,
};
use crate::box_error::BoxError;
use crate::clock::Clock;
use crate::keys::SigningKey;
use crate::lock::Mutex;
use crate::revocation::Revoked;
use crate::token_issuer::TokenIssuer;

const SHOP: &str = "https://shop.example";
const SECRET: &str = "a secret of thirty-two bytes, ok";

/// A clock that moves only when it is told to.
#[derive(Clone)]
struct StoppedClock(Arc<AtomicU64>);

impl StoppedClock {
    fn new() -> Self {
        Self(Arc::new(AtomicU64::new(1_700_000_000)))
    }

    fn advance(&self, seconds: u64) {
        self.0.fetch_add(seconds, Ordering::Relaxed);
    }
}

impl Clock for StoppedClock {
    fn now(&self) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(self.0.load(Ordering::Relaxed))
    }
}

/// A store in memory that counts its calls, and fails or hangs on demand.
#[derive(Clone, Default)]
struct Store {
    memory: MemoryRefreshTokens,
    finds: Arc<AtomicUsize>,
    rotations: Arc<AtomicUsize>,
    outage: Arc<Mutex<Outage>>,
    /// How many writes wait.
    waiting: Arc<AtomicUsize>,
}

#[derive(Clone, Copy, Default)]
enum Outage {
    #[default]
    None,
    Fails,
    Hangs,
    /// Logins and rotations are written later.
    WritesWait,
}

impl Store {
    fn set(&self, outage: Outage) {
        *self.outage.lock() = outage;
    }

    /// How often the store was read and written by rotations.
    fn counts(&self) -> (usize, usize) {
        let count = |counter: &AtomicUsize| counter.load(Ordering::Relaxed);
        (count(&self.finds), count(&self.rotations))
    }

    async fn available(&self) -> Result<(), BoxError> {
        // So that concurrent calls are interleaved.
        tokio::task::yield_now().await;
        let outage = *self.outage.lock();
        match outage {
            Outage::None | Outage::WritesWait => Ok(()),
            Outage::Fails => Err("the database is down".into()),
            Outage::Hangs => std::future::pending().await,
        }
    }

    async fn writable(&self) -> Result<(), BoxError> {
        self.waiting.fetch_add(1, Ordering::Relaxed);
        while matches!(*self.outage.lock(), Outage::WritesWait) {
            tokio::task::yield_now().await;
        }
        self.waiting.fetch_sub(1, Ordering::Relaxed);
        self.available().await
    }
}

impl RefreshTokenStore for Store {
    async fn insert(&self, family: &RefreshTokenFamily) -> Result<(), BoxError> {
        self.writable().await?;
        self.memory.insert(family).await
    }

    async fn find(&self, id: &str) -> Result<Option<RefreshTokenFamily>, BoxError> {
        self.finds.fetch_add(1, Ordering::Relaxed);
        self.available().await?;
        self.memory.find(id).await
    }

    async fn rotate(&self, rotation: &RefreshTokenRotation) -> Result<bool, BoxError> {
        self.writable().await?;
        let rotated = self.memory.rotate(rotation).await?;
        self.rotations
            .fetch_add(usize::from(rotated), Ordering::Relaxed);
        Ok(rotated)
    }

    async fn remove(&self, id: &str) -> Result<bool, BoxError> {
        self.available().await?;
        self.memory.remove(id).await
    }

    async fn remove_started(
        &self,
        issuer: &str,
        subject: Option<&str>,
        latest: SystemTime,
    ) -> Result<(), BoxError> {
        self.available().await?;
        self.memory.remove_started(issuer, subject, latest).await
    }

    async fn remove_expired(&self, now: SystemTime) -> Result<(), BoxError> {
        self.available().await?;
        self.memory.remove_expired(now).await
    }
}

struct World {
    tokens: RefreshTokens,
    store: Store,
    clock: StoppedClock,
}

impl World {
    fn new() -> Self {
        Self::with(|builder| builder)
    }

    fn with(configure: impl FnOnce(RefreshTokensBuilder) -> RefreshTokensBuilder) -> Self {
        let (store, clock) = (Store::default(), StoppedClock::new());
        let builder = builder(SECRET, store.clone()).clock(clock.clone());
        Self {
            tokens: configure(builder).build().unwrap(),
            store,
            clock,
        }
    }

    async fn issue(&self) -> String {
        self.tokens
            .issue("alice")
            .await
            .unwrap()
            .reveal()
            .to_owned()
    }

    /// The name of the error, if there is one.
    async fn read(&self, token: &str) -> Result<(), &'static str> {
        let login = self.tokens.read(token).await;
        let login = login.map_err(|error| name(&error))?;
        assert_eq!(login.subject(), "alice");
        Ok(())
    }

    /// The successor, or the name of the error.
    async fn rotate(&self, token: &str) -> Result<String, &'static str> {
        rotate(&self.tokens, token).await
    }
}

async fn rotate(tokens: &RefreshTokens, token: &str) -> Result<String, &'static str> {
    let rotated = tokens.rotate(token).await.map_err(|error| name(&error))?;
    assert_eq!(rotated.login().subject(), "alice");
    Ok(rotated.reveal().to_owned())
}

fn name(error: &RefreshError) -> &'static str {
    match error {
        RefreshError::Invalid => "invalid",
        RefreshError::Expired => "expired",
        RefreshError::Reused { .. } => "reused",
        RefreshError::Unavailable(_) => "unavailable",
        RefreshError::AccessToken(_) => "access token",
    }
}

fn issuer(name: &str) -> TokenIssuer {
    let issuer = TokenIssuer::builder(name, SigningKey::generate()).audience(name);
    issuer.build().unwrap()
}

fn builder(secret: impl AsRef<[u8]>, store: impl RefreshTokenStore) -> RefreshTokensBuilder {
    RefreshTokens::builder(&issuer(SHOP), secret, store)
}
