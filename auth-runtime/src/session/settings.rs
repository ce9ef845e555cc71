//! The settings of `Sessions`.

use std::sync::Arc;
use std::time::Duration;

use super::cache::Cache;
use super::cookie::CookieSettings;
use super::lookup::Lookups;
use super::other_nodes::NOTICE_TTL;
use super::sealing::SealingKeys;
use super::store::SessionStore;
use super::uses::UseWriter;
use super::{Fault, SessionChanges, Sessions, Shared};
use crate::changes::Changes;
use crate::revocation::RevocationLists;
use crate::throttle::Throttle;

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(60 * 60);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// The longest `Max-Age` that browsers accept (RFC 6265bis section 5.5).
const LONGEST_LIFETIME: Duration = Duration::from_secs(400 * 24 * 60 * 60);

#[derive(Clone, Debug)]
pub(super) struct SessionSettings {
    pub(super) cookie: CookieSettings,
    pub(super) usual: Timeouts,
    pub(super) remembered: Timeouts,
    pub(super) cache_ttl: Duration,
    pub(super) store_timeout: Duration,
    pub(super) sealing_keys: SealingKeys,
    pub(super) clear_site_data: bool,
    concurrent_lookups: usize,
}

/// When sessions time out.
#[derive(Clone, Copy, Debug)]
pub(super) struct Timeouts {
    pub(super) idle: Duration,
    pub(super) lifetime: Duration,
}

impl Sessions {
    /// Uses the sessions in `store`.
    pub fn new(store: impl SessionStore) -> Self {
        const CONCURRENT_LOOKUPS: usize = 256;
        Self {
            settings: Arc::new(SessionSettings {
                cookie: CookieSettings::new(),
                usual: Timeouts {
                    idle: 30 * MINUTE,
                    lifetime: 12 * HOUR,
                },
                remembered: Timeouts {
                    idle: 14 * DAY,
                    lifetime: 30 * DAY,
                },
                cache_ttl: Duration::from_secs(5),
                store_timeout: Duration::from_secs(2),
                sealing_keys: SealingKeys::default(),
                clear_site_data: false,
                concurrent_lookups: CONCURRENT_LOOKUPS,
            }),
            shared: Arc::new(Shared {
                store: Box::new(store),
                cache: Cache::new(10_000),
                lookups: Lookups::new(CONCURRENT_LOOKUPS),
                uses: UseWriter::default(),
                changes: SessionChanges {
                    sessions: Changes::new(),
                    many: Changes::new(),
                },
                revocation_lists: RevocationLists::default(),
                removals: Throttle::new(),
            }),
        }
    }

    fn settings_mut(&mut self) -> &mut SessionSettings {
        Arc::make_mut(&mut self.settings)
    }
}

/// # When sessions time out
impl Sessions {
    /// How long a session stays valid without being used. The default is 30 minutes. Every request with the session is
    /// a use.
    ///
    /// Uses are written to the store at intervals of a tenth of this time, and at most a minute. The store keeps a
    /// session for one more interval, so that no node ends it early.
    pub fn idle_timeout(mut self, time: Duration) -> Self {
        self.settings_mut().usual.idle = time;
        self
    }

    /// How long a session is valid after its start, however often it is used. The default is 12 hours.
    pub fn lifetime(mut self, time: Duration) -> Self {
        self.settings_mut().usual.lifetime = time;
        self
    }

    /// The two time-outs of sessions that are started with
    /// [`NewSession::remember_me`](crate::session::NewSession::remember_me). The browser keeps the cookie of such a
    /// session after the browser is closed. The defaults are 14 days and 30 days.
    pub fn remember_me(mut self, idle_timeout: Duration, lifetime: Duration) -> Self {
        self.settings_mut().remembered = Timeouts {
            idle: idle_timeout,
            lifetime,
        };
        self
    }
}

/// # The cookie
impl Sessions {
    /// The whole name of the cookie. The default is `__Host-Http-sid`, or `sid` for an
    /// [`insecure_cookie`](Self::insecure_cookie).
    ///
    /// Browsers store a cookie with the prefix `__Host-Http-` only if a response of this host set it over HTTPS (RFC
    /// 6265bis section 4.1.3), so no other host and no script can set one. A name without a prefix loses this
    /// protection. Two services on one host name need two names: cookies are sent to all ports of a host.
    pub fn cookie_name(mut self, name: impl Into<String>) -> Self {
        self.settings_mut().cookie.name = Some(name.into());
        self
    }

    /// Sends the cookie with `SameSite=Strict` instead of `Lax`. Then it is not sent with links from other sites, so a
    /// caller who follows one appears to be logged out until the next request from a page of this site.
    pub fn same_site_strict(mut self) -> Self {
        self.settings_mut().cookie.is_strict = true;
        self
    }

    /// Sends the cookie without `Secure`, under the name `sid`. Anyone on the network path can read it, or set another
    /// one.
    ///
    /// This is for development over plain HTTP with a host name of the local network, or with a browser that does not
    /// store secure cookies of `http://localhost`. Chromium does. [`build`](crate::AuthBuilder::build) refuses it
    /// unless every [`public_origin`](crate::AuthBuilder::public_origin) begins with `http://`.
    pub fn insecure_cookie(mut self) -> Self {
        self.settings_mut().cookie.is_insecure = true;
        self
    }

    /// Sends `Clear-Site-Data: "cache", "cookies", "storage"` with the response that ends a session. The browser then
    /// deletes what it has stored for this host, including the cookies of its other services. This can take seconds.
    pub fn clear_site_data(mut self) -> Self {
        self.settings_mut().clear_site_data = true;
        self
    }
}

/// # Secrets
impl Sessions {
    /// A key of 32 bytes that encrypts the [secrets](crate::session::NewSession::secret) of sessions, with
    /// XChaCha20-Poly1305. Each key has a name, which is stored with the secret.
    ///
    /// Call it again for further keys. New secrets are encrypted with the first key, and all keys decrypt. To replace
    /// a key, first add the new one as the last key on all nodes, and then make it the first.
    pub fn sealing_key(mut self, name: impl Into<String>, key: impl AsRef<[u8]>) -> Self {
        let keys = &mut self.settings_mut().sealing_keys;
        keys.add(name.into(), key.as_ref());
        self
    }
}

/// # How sessions are looked up
impl Sessions {
    /// How long a session is used without asking the store. The default is 5 seconds. A session that was ended on
    /// another node may be accepted for this long. Zero looks up the session of every request. The maximum is an hour.
    pub fn cache_ttl(mut self, time: Duration) -> Self {
        self.settings_mut().cache_ttl = time;
        self
    }

    /// The maximum number of cached sessions. The default is 10,000. The same number of identifiers of invalid sessions
    /// is cached. Applies to all clones.
    pub fn cache_entries(self, entries: usize) -> Self {
        self.shared.cache.set_capacity(entries);
        self
    }

    /// How long a request waits for the store before it gets 503. The default is 2 seconds.
    pub fn store_timeout(mut self, time: Duration) -> Self {
        self.settings_mut().store_timeout = time;
        self
    }

    /// The maximum number of concurrent look-ups. The default is 256. Requests beyond this limit get 503.
    ///
    /// Sessions that were valid before on this node have a separate limit of the same size, so that a flood of unknown
    /// identifiers does not block them. Applies to all clones.
    pub fn concurrent_lookups(mut self, limit: usize) -> Self {
        self.settings_mut().concurrent_lookups = limit;
        self.shared.lookups.set_limit(limit);
        self
    }
}

impl SessionSettings {
    pub(super) fn timeouts(&self, is_remembered: bool) -> Timeouts {
        if is_remembered {
            self.remembered
        } else {
            self.usual
        }
    }

    pub(super) fn faults(&self) -> Vec<Fault> {
        let mut faults: Vec<_> = self.cookie.fault().into_iter().collect();
        for Timeouts { idle, lifetime } in [self.usual, self.remembered] {
            if idle.min(lifetime) < Duration::from_secs(1) {
                faults.push(Fault::TimeoutTooShort);
            } else if idle > lifetime {
                faults.push(Fault::IdleTimeoutTooLong);
            }
            if lifetime > LONGEST_LIFETIME {
                faults.push(Fault::LifetimeTooLong);
            }
        }
        if self.cache_ttl > NOTICE_TTL {
            faults.push(Fault::CacheTtlTooLong);
        }
        if self.store_timeout.is_zero() {
            faults.push(Fault::StoreTimeout);
        }
        if self.concurrent_lookups == 0 {
            faults.push(Fault::ConcurrentLookups);
        }
        faults.extend(self.sealing_keys.faults());
        faults
    }
}
