//! Keys that an issuer publishes. A background task fetches them, never the future of a request.

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

/// The maximum number of requests that wait for the keys of one issuer. Further requests fail at once.
const MAX_WAITING: usize = 1_024;

/// If a fetch has not ended this long after its time-out, the task is not running, for example because
/// its runtime is no longer driven. Then another task replaces it.
const GRACE: Duration = Duration::from_secs(1);

/// The keys of one issuer. Dropping it ends the task that fetches them, also in the middle of a
/// fetch.
pub(crate) struct RemoteKeys {
    shared: Arc<SharedKeys>,
    waiting: Permits,
    /// Counted separately: any client can send a token with a wrong signature, and must not use up the permits
    /// of other requests.
    waiting_for_replaced_key: Permits,
}

/// What is needed to fetch the keys of an issuer.
pub(crate) struct RemoteSettings {
    pub(crate) issuer: String,
    pub(crate) origin: JwksLocation,
    pub(crate) client: Client,
    pub(crate) refresh: KeyRefresh,
    pub(crate) algorithms: Option<Vec<Algorithm>>,
}

impl RemoteKeys {
    /// Starts the task that fetches if this runs on a tokio runtime. Otherwise the first use of the keys
    /// starts it.
    pub(crate) fn start(settings: RemoteSettings) -> Self {
        let shared = Arc::new(SharedKeys::new(settings));
        task::ensure_running(&shared);
        Self {
            shared,
            waiting: Permits::new(MAX_WAITING, 0),
            waiting_for_replaced_key: Permits::new(MAX_WAITING, 0),
        }
    }

    /// Whether a key with this algorithm may be fetched: a configured algorithm, or else any that is
    /// not symmetric.
    pub(crate) fn may_have(&self, algorithm: Algorithm) -> bool {
        match &self.shared.algorithms {
            Some(configured) => configured.contains(&algorithm),
            None => !algorithm.is_symmetric(),
        }
    }

    pub(crate) fn current(&self) -> Option<CurrentKeys> {
        let now = self.replace_overdue_task();
        self.shared.current(now)
    }

    pub(crate) fn is_current(&self, key_generation: u64) -> bool {
        let now = self.replace_overdue_task();
        self.shared.is_current(key_generation, now)
    }

    /// Replaces the task if a fetch is overdue: its runtime may have ended, which requests with known keys
    /// do not notice. Returns the time.
    fn replace_overdue_task(&self) -> u64 {
        let now = self.shared.now();
        if self.shared.is_overdue(now) {
            task::replace_overdue(&self.shared);
        }
        now
    }

    /// See [`Keys::refresh`](super::Keys::refresh).
    pub(crate) async fn refresh(&self) -> Result<(), KeysUnavailable> {
        self.outcome().await.map_err(|reason| {
            KeysUnavailable::new(format!(
                "could not fetch the keys of {:?}: {reason}",
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
        let fetched = self.wait_for(&self.waiting_for_replaced_key, || {
            task::request_replaced_key(&self.shared, before)
        });
        fetched.await.unwrap_or(false)
    }

    /// The outcome of the last fetch, or of the one that this waits for.
    async fn outcome(&self) -> FetchOutcome {
        let before = self.shared.progress().regular_ended;
        let outcome = self.wait_for(&self.waiting, || task::request_keys(&self.shared, before));
        outcome.await.unwrap_or_else(Err)
    }

    /// Calls `request` until it returns something, and waits for a fetch after each `None`.
    ///
    /// # Errors
    ///
    /// Too many requests are waiting, or no fetch ended in time.
    async fn wait_for<T>(
        &self,
        permits: &Permits,
        request: impl Fn() -> Option<T>,
    ) -> Result<T, Arc<str>> {
        self.replace_overdue_task();
        let mut ended = self.shared.ended();
        if let Some(answer) = request() {
            return Ok(answer);
        }
        let Ok(_permit) = permits.try_acquire() else {
            return Err(format!("{MAX_WAITING} requests are already waiting for them").into());
        };
        loop {
            let task_id = self.shared.progress().task_id();
            // The time-out is for each fetch: one for a replaced key may come before the one that is
            // needed. The sender lives as long as `self`.
            if timeout(self.shared.fetch_time_limit(), ended.changed())
                .await
                .is_err()
            {
                task::replace(&self.shared, task_id);
                return Err("the task that fetches them is not running".into());
            }
            if let Some(answer) = request() {
                return Ok(answer);
            }
        }
    }

    pub(crate) fn is_ready(&self) -> bool {
        // A service may get no requests until its readiness probe succeeds.
        self.replace_overdue_task();
        self.shared.is_ready()
    }

    /// Waits until keys have been fetched at least once.
    pub(crate) async fn ready(&self) {
        let mut ended = self.shared.ended();
        while !self.is_ready() {
            let changed = ended.changed();
            if Handle::try_current().is_ok() {
                // If the task is not running, no fetch ends.
                let _ = timeout(self.shared.fetch_time_limit(), changed).await;
            } else {
                let _ = changed.await;
            }
        }
    }

    pub(crate) fn status(&self) -> KeyStatus {
        let status = self.shared.status();
        self.replace_overdue_task();
        status
    }
}

impl Drop for RemoteKeys {
    fn drop(&mut self) {
        self.shared.end_task();
    }
}
