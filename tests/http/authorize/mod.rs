//! `Auth::authorize`: the decision of a guard, outside of a request.

mod decision;
mod events;
mod validity;
mod websocket;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use auth_runtime::Identity;
use auth_runtime::auth::Clock;
use auth_runtime::{Auth, policy};

#[policy]
struct Anyone;

#[policy(scope = "read")]
struct Readers;

/// A clock that a test advances.
#[derive(Clone)]
struct TestClock {
    start: SystemTime,
    advanced: Arc<AtomicU64>,
}

impl TestClock {
    fn new() -> Self {
        Self {
            start: SystemTime::now(),
            advanced: Arc::default(),
        }
    }

    fn advance(&self, seconds: u64) {
        self.advanced.fetch_add(seconds, Ordering::Relaxed);
    }
}

impl Clock for TestClock {
    fn now(&self) -> SystemTime {
        self.start + Duration::from_secs(self.advanced.load(Ordering::Relaxed))
    }
}

async fn authenticate(auth: &Auth, token: &str) -> Identity {
    auth.authenticate_token(token).await.unwrap()
}
