//! The keys of one issuer as they are now: for good, or until the next fetch.

use std::sync::Arc;

use super::algorithm::Algorithm;
use super::fault::KeyFault;
use super::key_set::KeySet;
use super::remote::{FirstSeen, RemoteKeys, RemoteSettings, WantedKey};
use super::source::KeySource;
use super::state::{CurrentKeys, KeyStatus, KeysUnavailable};

/// Where the keys of an issuer are.
pub(crate) enum Keys {
    /// Read once, when the application started.
    Fixed(Arc<KeySet>),
    /// Fetched from the issuer, again and again.
    Remote(RemoteKeys),
}

/// Keys that were checked. None are fetched yet.
pub(crate) enum UnstartedKeys {
    Fixed(Arc<KeySet>),
    Remote(Box<RemoteSettings>),
}

impl UnstartedKeys {
    /// # Errors
    ///
    /// Every fault together, each naming its source.
    pub(crate) fn fixed(
        sources: &[KeySource],
        configured: Option<&[Algorithm]>,
    ) -> Result<Self, Vec<KeyFault>> {
        KeySet::build(sources, configured).map(|keys| Self::Fixed(Arc::new(keys)))
    }

    pub(crate) fn start(self) -> Keys {
        match self {
            Self::Fixed(keys) => Keys::Fixed(keys),
            Self::Remote(settings) => Keys::Remote(RemoteKeys::start(*settings)),
        }
    }
}

impl Keys {
    /// Whether a key of this issuer can have this algorithm, now or after a rotation.
    pub(crate) fn may_have(&self, algorithm: Algorithm) -> bool {
        match self {
            Self::Fixed(keys) => keys.contains(algorithm),
            Self::Remote(keys) => keys.may_have(algorithm),
        }
    }

    /// The keys as they are known now; none if none were had yet, or those are too old.
    pub(crate) fn current(&self) -> Option<CurrentKeys> {
        match self {
            Self::Fixed(keys) => Some(CurrentKeys {
                set: Arc::clone(keys),
                key_generation: 0,
            }),
            Self::Remote(keys) => keys.current(),
        }
    }

    /// Whether every key there was at that count is still good.
    pub(crate) fn is_current(&self, key_generation: u64) -> bool {
        match self {
            Self::Fixed(_) => key_generation == 0,
            Self::Remote(keys) => keys.is_current(key_generation),
        }
    }

    /// Whether asking the issuer may bring other keys.
    pub(crate) fn may_change(&self) -> bool {
        match self {
            Self::Fixed(_) => false,
            Self::Remote(_) => true,
        }
    }

    /// Returns when the keys are as new as they may be: after a fetch, or at once if the last one
    /// is too short a time ago for another.
    ///
    /// # Errors
    ///
    /// The last fetch failed, so that a key that is unknown may be a new one.
    pub(crate) async fn refresh(&self) -> Result<(), KeysUnavailable> {
        match self {
            Self::Fixed(_) => Ok(()),
            Self::Remote(keys) => keys.refresh().await,
        }
    }

    /// For a token that names a known key which did not sign it: the issuer may have replaced that key by
    /// another one with the same `kid`. Returns whether a fetch was made, even if it failed. There is at most
    /// one such fetch in five minutes.
    pub(crate) async fn look_for_replaced_key(&self) -> bool {
        match self {
            Self::Fixed(_) => false,
            Self::Remote(keys) => keys.look_for_replaced_key().await,
        }
    }

    /// Remembers that a token asks for an unknown key, and returns when that key was first seen.
    pub(crate) fn first_seen(&self, wanted: WantedKey<'_>) -> FirstSeen {
        match self {
            Self::Fixed(_) => FirstSeen::LONG_AGO,
            Self::Remote(keys) => keys.first_seen(wanted),
        }
    }

    /// Row B9: checks that a fetch that began after `first_seen` has brought keys. A key that is still
    /// unknown then is not a key of the issuer.
    ///
    /// # Errors
    ///
    /// No such fetch has brought keys, so the key may be a new one.
    pub(crate) fn check_fetched_since(&self, first_seen: FirstSeen) -> Result<(), KeysUnavailable> {
        match self {
            Self::Fixed(_) => Ok(()),
            Self::Remote(keys) => keys.check_fetched_since(first_seen),
        }
    }

    /// Returns when there were keys once.
    pub(crate) async fn ready(&self) {
        match self {
            Self::Fixed(_) => {}
            Self::Remote(keys) => keys.ready().await,
        }
    }

    /// Whether [`ready`](Self::ready) would return at once.
    pub(crate) fn is_ready(&self) -> bool {
        match self {
            Self::Fixed(_) => true,
            Self::Remote(keys) => keys.is_ready(),
        }
    }

    pub(crate) fn status(&self) -> KeyStatus {
        match self {
            Self::Fixed(keys) => KeyStatus {
                keys: keys.len(),
                usable: true,
                age: None,
                last_error: None,
                next_refresh: None,
            },
            Self::Remote(keys) => keys.status(),
        }
    }
}
