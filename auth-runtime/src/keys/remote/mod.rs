//! Keys that an issuer publishes: fetched in the background, never on a request's own future.

mod document;
mod freshness;
mod jwks_location;
mod progress;
mod schedule;
mod settings;
mod shared;
mod task;
#[cfg(test)]
mod tests;
mod unknown_keys;

use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::time::timeout;

pub(crate) use self::jwks_location::{JwksLocation, JwksLocationFault, is_metadata_address};
pub use self::settings::KeyRefresh;
pub(crate) use self::unknown_keys::{FirstSeen, WantedKey};

use self::progress::FetchOutcome;
use self::shared::SharedKeys;
use super::algorithm::Algorithm;
use super::state::{CurrentKeys, KeyCoolDown, KeyStatus, KeysUnavailable};
use crate::fetch::Client;
use crate::permits::Permits;

/// The most requests that wait for the keys of one issuer: what comes on top is answered at once.
const MOST_WAITING: usize = 1_024;

/// How much later than it may a fetch ends when the task that fetches is not running, such as on a
/// runtime that nobody drives: another one takes its place.
const GRACE: Duration = Duration::from_secs(1);

/// The keys of one issuer. Dropping it ends the task that fetches them, also in the middle of a
/// fetch.
pub(crate) struct RemoteKeys {
    shared: Arc<SharedKeys>,
    waiting: Permits,
    /// Counted separately: any client can send a token with a wrong signature, and must not use up the places
    /// of other requests.
    waiting_for_replaced_key: Permits,
}

/// What it takes to fetch the keys of an issuer.
pub(crate) struct RemoteSettings {
    pub(crate) issuer: String,
    pub(crate) origin: JwksLocation,
    pub(crate) client: Client,
    pub(crate) refresh: KeyRefresh,
    pub(crate) algorithms: Option<Vec<Algorithm>>,
}

impl RemoteKeys {
    /// Starts fetching if there is a tokio runtime here. Else the first need does.
    pub(crate) fn start(settings: RemoteSettings) -> Self {
        let shared = Arc::new(SharedKeys::new(settings));
        task::ensure(&shared);
        Self {
            shared,
            waiting: Permits::new(MOST_WAITING, 0),
            waiting_for_replaced_key: Permits::new(MOST_WAITING, 0),
        }
    }

    /// Which keys there will be, nobody knows.
    pub(crate) fn may_have(&self, algorithm: Algorithm) -> bool {
        match &self.shared.algorithms {
            Some(configured) => configured.contains(&algorithm),
            None => !algorithm.is_symmetric(),
        }
    }

    pub(crate) fn current(&self) -> Option<CurrentKeys> {
        let now = self.revived();
        self.shared.current(now)
    }

    pub(crate) fn is_current(&self, key_generation: u64) -> bool {
        let now = self.revived();
        self.shared.is_current(key_generation, now)
    }

    /// The time. The task may have ended with its runtime, and as long as the keys are known nobody
    /// waits for it.
    fn revived(&self) -> u64 {
        let now = self.shared.now();
        if self.shared.is_overdue(now) {
            task::revive(&self.shared);
        }
        now
    }

    /// See [`Keys::refresh`](super::Keys::refresh).
    pub(crate) async fn refresh(&self) -> Result<(), KeysUnavailable> {
        self.outcome().await.map_err(|reason| {
            KeysUnavailable::new(format!(
                "the keys of {:?} are not to be had: {reason}",
                self.shared.issuer
            ))
        })
    }

    /// See [`Keys::first_seen`](super::Keys::first_seen).
    pub(crate) fn first_seen(&self, wanted: WantedKey<'_>) -> FirstSeen {
        self.shared.first_seen(wanted)
    }

    /// See [`Keys::check_fetched_since`](super::Keys::check_fetched_since).
    pub(crate) fn check_fetched_since(&self, first_seen: FirstSeen) -> Result<(), KeysUnavailable> {
        match self.shared.until_fetch_after(first_seen) {
            None => Ok(()),
            Some(retry_after) => Err(KeysUnavailable {
                retry_after,
                ..KeysUnavailable::new(KeyCoolDown {
                    issuer: self.shared.issuer.to_string(),
                })
            }),
        }
    }

    /// See [`Keys::look_for_replaced_key`](super::Keys::look_for_replaced_key).
    pub(crate) async fn look_for_replaced_key(&self) -> bool {
        let before = self.shared.progress().ended;
        let fetched = self.answer(&self.waiting_for_replaced_key, || {
            task::ask_for_replaced_key(&self.shared, before)
        });
        fetched.await.unwrap_or(false)
    }

    /// How the last fetch ended, or the one that this waits for.
    async fn outcome(&self) -> FetchOutcome {
        let before = self.shared.progress().regular_ended;
        let outcome = self.answer(&self.waiting, || task::ask(&self.shared, before));
        outcome.await.unwrap_or_else(Err)
    }

    /// Returns what `ask` returns, waiting for a fetch if necessary.
    ///
    /// # Errors
    ///
    /// Too many requests wait already, or no fetch ended in time.
    async fn answer<T>(
        &self,
        waiting: &Permits,
        ask: impl Fn() -> Option<T>,
    ) -> Result<T, Arc<str>> {
        self.revived();
        let mut ended = self.shared.ended();
        if let Some(answer) = ask() {
            return Ok(answer);
        }
        let Ok(_waiting) = waiting.try_acquire() else {
            return Err(format!("{MOST_WAITING} requests wait for them already").into());
        };
        loop {
            let turn = self.shared.progress().turn();
            // For each fetch: one for a replaced key may come before the one that is needed. The sender
            // lives as long as `self`.
            if timeout(self.shared.patience(), ended.changed())
                .await
                .is_err()
            {
                task::replace(&self.shared, turn);
                return Err("nobody fetches them".into());
            }
            if let Some(answer) = ask() {
                return Ok(answer);
            }
        }
    }

    pub(crate) fn is_ready(&self) -> bool {
        // A service may get no request before its probe says that it is ready.
        self.revived();
        self.shared.is_ready()
    }

    /// Returns when there were keys once.
    pub(crate) async fn ready(&self) {
        let mut ended = self.shared.ended();
        while !self.is_ready() {
            let changed = ended.changed();
            if Handle::try_current().is_ok() {
                // A task that nobody drives ends nothing.
                let _ = timeout(self.shared.patience(), changed).await;
            } else {
                let _ = changed.await;
            }
        }
    }

    pub(crate) fn status(&self) -> KeyStatus {
        let status = self.shared.status();
        self.revived();
        status
    }
}

impl Drop for RemoteKeys {
    fn drop(&mut self) {
        self.shared.end_task();
    }
}
