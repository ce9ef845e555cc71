//! The current keys of one issuer: configured ones, or those of the last fetch.

use std::sync::Arc;

use super::algorithm::Algorithm;
use super::fault::KeyFault;
use super::key_set::KeySet;
use super::remote::{FirstSeen, RemoteKeys, RemoteSettings, WantedKey};
use super::replaceable::ReplaceableKeys;
use super::source::KeySource;
use super::state::{CurrentKeys, KeyStatus, KeysUnavailable};

/// The keys of an issuer.
pub(crate) enum Keys {
    /// Read once, when the application started.
    Fixed(Arc<KeySet>),
    /// Of a [`TokenIssuer`](crate::TokenIssuer) in this process.
    Replaceable(ReplaceableKeys),
    /// Fetched from the issuer at intervals.
    Remote(RemoteKeys),
}

/// Checked keys, or checked settings to fetch them with. Nothing is fetched yet.
pub(crate) enum UnstartedKeys {
    Fixed(Arc<KeySet>),
    Replaceable(ReplaceableKeys),
    Remote(Box<RemoteSettings>),
}

impl UnstartedKeys {
    /// # Errors
    ///
    /// All faults, each with its source.
    pub(crate) fn fixed(
        sources: &[KeySource],
        configured: Option<&[Algorithm]>,
    ) -> Result<Self, Vec<KeyFault>> {
        KeySet::build(sources, configured).map(|keys| Self::Fixed(Arc::new(keys)))
    }

    pub(crate) fn start(self) -> Keys {
        match self {
            Self::Fixed(keys) => Keys::Fixed(keys),
            Self::Replaceable(keys) => Keys::Replaceable(keys),
            Self::Remote(settings) => Keys::Remote(RemoteKeys::start(*settings)),
        }
    }
}

impl Keys {
    /// Whether a key of this issuer can have this algorithm, now or after a rotation.
    pub(crate) fn may_have(&self, algorithm: Algorithm) -> bool {
        match self {
            Self::Fixed(keys) => keys.contains(algorithm),
            Self::Replaceable(keys) => keys.current().set.contains(algorithm),
            Self::Remote(keys) => keys.may_have(algorithm),
        }
    }

    /// The current keys; `None` if none have been fetched yet, or those are too old.
    pub(crate) fn current(&self) -> Option<CurrentKeys> {
        match self {
            Self::Fixed(keys) => Some(CurrentKeys {
                set: Arc::clone(keys),
                key_generation: 0,
            }),
            Self::Replaceable(keys) => Some(keys.current()),
            Self::Remote(keys) => keys.current(),
        }
    }

    /// Whether no key has been removed since this generation, and the keys are not too old.
    pub(crate) fn is_current(&self, key_generation: u64) -> bool {
        match self {
            Self::Fixed(_) => key_generation == 0,
            Self::Replaceable(keys) => keys.is_current(key_generation),
            Self::Remote(keys) => keys.is_current(key_generation),
        }
    }

    /// Whether a fetch may bring other keys.
    pub(crate) fn may_change(&self) -> bool {
        match self {
            Self::Fixed(_) | Self::Replaceable(_) => false,
            Self::Remote(_) => true,
        }
    }

    /// Waits for a fetch, or returns at once if the last one is too recent for another.
    ///
    /// # Errors
    ///
    /// The last fetch failed, so an unknown key may be a new one.
    pub(crate) async fn refresh(&self) -> Result<(), KeysUnavailable> {
        match self {
            Self::Fixed(_) | Self::Replaceable(_) => Ok(()),
            Self::Remote(keys) => keys.refresh().await,
        }
    }

    /// For a token that names a known key which did not sign it: the issuer may have replaced that key by
    /// another one with the same `kid`. Returns whether a fetch was made, even if it failed. Such a fetch is
    /// made at most once in five minutes.
    pub(crate) async fn look_for_replaced_key(&self) -> bool {
        match self {
            Self::Fixed(_) | Self::Replaceable(_) => false,
            Self::Remote(keys) => keys.look_for_replaced_key().await,
        }
    }

    /// Remembers that a token needs an unknown key, and returns when that key was first seen.
    pub(crate) fn first_seen(&self, wanted: WantedKey<'_>) -> FirstSeen {
        match self {
            Self::Fixed(_) | Self::Replaceable(_) => FirstSeen::LONG_AGO,
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
            Self::Fixed(_) | Self::Replaceable(_) => Ok(()),
            Self::Remote(keys) => keys.check_fetched_since(first_seen),
        }
    }

    /// Waits until keys have been loaded at least once.
    pub(crate) async fn ready(&self) {
        match self {
            Self::Fixed(_) | Self::Replaceable(_) => {}
            Self::Remote(keys) => keys.ready().await,
        }
    }

    /// Whether [`ready`](Self::ready) would return at once.
    pub(crate) fn is_ready(&self) -> bool {
        match self {
            Self::Fixed(_) | Self::Replaceable(_) => true,
            Self::Remote(keys) => keys.is_ready(),
        }
    }

    pub(crate) fn status(&self) -> KeyStatus {
        match self {
            Self::Fixed(keys) => KeyStatus::of(keys),
            Self::Replaceable(keys) => KeyStatus::of(&keys.current().set),
            Self::Remote(keys) => keys.status(),
        }
    }
}
