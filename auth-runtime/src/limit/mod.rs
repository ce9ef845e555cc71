//! Failed authentications, counted: whoever guesses has to wait.

mod table;

use std::fmt;
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use governor::clock::Clock;
use tokio::time::Instant;

use self::table::Table;

const MINUTE: Duration = Duration::from_secs(60);

/// Makes guessing slow: counts failed authentications per client address and per account, and
/// says, before any hash is computed and any store or server is asked, who has to wait. (A prefix of
/// API keys that has to wait changes only what failures are answered: its secret can't be guessed.
/// Opaque tokens are counted by address alone: see `Introspection::failure_limit`.) Row F5: 429 with
/// `Retry-After` (RFC 6585 section 4).
///
/// A clone counts together with the original: give clones to all kinds of credentials of one
/// service, so that an address has one count. Prefixes of API keys are counted like accounts, but
/// apart from them: whoever makes up keys fills no counter that a user has to wait for.
///
/// | | default | |
/// |---|---|---|
/// | [`per_address`](Self::per_address) | 50 failures, 15 minutes | one more every 18 seconds |
/// | [`per_account`](Self::per_account) | 10 failures, 15 minutes | one more every 90 seconds: fewer than a thousand guesses a day |
///
/// ```
/// use std::net::IpAddr;
/// use std::num::NonZeroU32;
/// use std::time::Duration;
/// use auth_runtime::authenticator::FailureLimit;
///
/// let limit = FailureLimit::default()
///     .per_account(const { NonZeroU32::new(2).unwrap() }, Duration::from_secs(60));
///
/// // A kind of credential of your own asks first, and tells of failures.
/// let address = Some(IpAddr::from([203, 0, 113, 7]));
/// for _ in 0..2 {
///     assert!(limit.check(address, b"alice").is_ok());
///     limit.record_failure(address, b"alice");
/// }
/// let retry_after = limit.check(address, b"alice").unwrap_err();
/// assert!(retry_after <= Duration::from_secs(30));
/// assert!(limit.check(address, b"bob").is_ok());
/// ```
///
/// # What it can't do
///
/// 1. **It can be turned against an account's owner.** Whoever keeps failing in the owner's name
///    makes the owner wait too. A small `per_account` stops guessing and makes this easy; a large
///    one is the reverse. Nobody waits longer than the period after the last failure.
/// 2. **Attempts that are under way don't know of each other.** When the limit is reached, those
///    that passed [`check`](Self::check) before go on: each time, as many as were in flight get
///    through beyond the limit, and no more. They are counted too, up to twice the limit in all, so
///    that a burst is waited for afterwards.
/// 3. **A success takes nothing back.** Otherwise a guesser who owns one account would log into it
///    between guesses and never use up an address; and every request of the owner's, which carries
///    a good password, would buy the guesser new tries at the account. Failures are forgotten with
///    time and with nothing else.
/// 4. **It counts in this process.** Behind a load balancer each of the nodes has a count of its
///    own. A restart forgets.
/// 5. **Callers behind one address share its count**: the people of an office, and everybody if the
///    address is that of a proxy which is not known as one. An IPv6 address counts as its /64, which
///    is what one customer gets at least; a network with more of those has more tries.
///
/// # Memory
///
/// 2 MiB for addresses, 2 for accounts and, with the feature `api-keys`, 2 for prefixes of API keys,
/// allocated on first use and kept: no name or address is stored. A hash with a random secret picks four
/// of 4 × 65,536 counters for each address, and another four of as many for each account and each
/// prefix; who has to wait is who has used up all four. Nobody can aim at the counters of somebody
/// else, and there is nothing to evict: a flood can't make an account's count be forgotten. What
/// can happen is that somebody waits for the failures of others. While `n` others are over the
/// limit the probability is (1 - (1 - 1/65536)ⁿ)⁴:
///
/// | others over the limit | somebody else waits for them |
/// |---|---|
/// | 100 | 1 in 10¹¹ |
/// | 1,000 | 1 in 19,000,000 |
/// | 10,000 | 1 in 2,500 |
/// | 100,000 | 1 in 3 |
///
/// The counters forget 65,536 × failures / period in all: with the defaults 3,640 failures of
/// addresses a second and 728 of accounts. Whoever causes more than that, from enough addresses,
/// makes everybody wait.
///
/// Names that do not exist are counted like the others, or the answers would tell them apart.
#[derive(Clone)]
#[must_use]
pub struct FailureLimit(Limits<TokioClock>);

impl Default for FailureLimit {
    fn default() -> Self {
        const PER_ADDRESS: NonZeroU32 = NonZeroU32::MIN.saturating_add(49);
        const PER_ACCOUNT: NonZeroU32 = NonZeroU32::MIN.saturating_add(9);
        let clock = TokioClock::default();
        Self(Limits {
            addresses: Table::new(PER_ADDRESS, 15 * MINUTE, clock).into(),
            accounts: Table::new(PER_ACCOUNT, 15 * MINUTE, clock).into(),
            #[cfg(feature = "api-keys")]
            prefixes: Table::new(PER_ACCOUNT, 15 * MINUTE, clock).into(),
        })
    }
}

impl FailureLimit {
    /// How many failures a client address has: `failures` at once, and one more every
    /// `period / failures`. The `period` is also the longest wait; one shorter than a second counts
    /// as a second, one longer than a year as a year.
    ///
    /// Starts the count anew; clones that were made before keep theirs.
    pub fn per_address(mut self, failures: NonZeroU32, period: Duration) -> Self {
        self.0.addresses = Table::new(failures, period, TokioClock::default()).into();
        self
    }

    /// How many failures an account has, or a prefix of API keys, in the same terms as
    /// [`per_address`](Self::per_address).
    pub fn per_account(mut self, failures: NonZeroU32, period: Duration) -> Self {
        self.0.accounts = Table::new(failures, period, TokioClock::default()).into();
        #[cfg(feature = "api-keys")]
        {
            self.0.prefixes = Table::new(failures, period, TokioClock::default()).into();
        }
        self
    }

    /// Whether an attempt may be made now, to be asked before anything else is done with the
    /// credential. Counts nothing, so that good credentials are never limited by themselves.
    ///
    /// `account` is the user name as the store compares it: where `Alice` and `alice` are one
    /// account, both have to be given in one spelling, or each spelling has tries of its own.
    /// Without an `address` only the account counts.
    ///
    /// # Errors
    ///
    /// How long to wait, always more than nothing: answer 429, with `Retry-After` in whole seconds,
    /// rounded up.
    pub fn check(&self, address: Option<IpAddr>, account: &[u8]) -> Result<(), Duration> {
        self.0.check(address, account)
    }

    /// The same for the address alone: for credentials that can't be guessed, where an account that
    /// has to wait would keep out only its owner.
    #[cfg(any(feature = "api-keys", feature = "introspection"))]
    pub(crate) fn check_address(&self, address: Option<IpAddr>) -> Result<(), Duration> {
        self.0.check_address(address)
    }

    /// The same for the prefix of an API key.
    #[cfg(feature = "api-keys")]
    pub(crate) fn check_prefix(
        &self,
        address: Option<IpAddr>,
        prefix: &str,
    ) -> Result<(), Duration> {
        self.0.check_prefix(address, prefix)
    }

    /// Counts a failed attempt. One that [`check`](Self::check) refused is none, or whoever tries
    /// again too early would wait for ever; nor is one that a store which is down could not judge.
    pub fn record_failure(&self, address: Option<IpAddr>, account: &[u8]) {
        self.0.record_failure(address, account);
    }

    /// Counts a failed attempt by its address alone.
    #[cfg(feature = "introspection")]
    pub(crate) fn record_address(&self, address: Option<IpAddr>) {
        self.0.record_address(address);
    }

    /// Counts an attempt that ends here because its client has gone away.
    #[cfg(any(feature = "api-keys", feature = "basic"))]
    pub(crate) fn unless_abandoned(&self, address: Option<IpAddr>) -> Abandoned<'_> {
        Abandoned {
            limit: self,
            address,
        }
    }

    /// Counts a failed attempt with an API key.
    #[cfg(feature = "api-keys")]
    pub(crate) fn record_prefix(&self, address: Option<IpAddr>, prefix: &str) {
        self.0.record_prefix(address, prefix);
    }
}

/// An attempt that the client does not wait for ends where this is dropped. It has cost the store as
/// much as any other, so that the address pays for it; what the credential was worth is not known.
#[cfg(any(feature = "api-keys", feature = "basic"))]
pub(crate) struct Abandoned<'a> {
    limit: &'a FailureLimit,
    address: Option<IpAddr>,
}

#[cfg(any(feature = "api-keys", feature = "basic"))]
impl Abandoned<'_> {
    /// It came to an end: an outage is not the client's failure, and what is bad counts as what it
    /// is.
    pub(crate) fn was_not(self) {
        std::mem::forget(self);
    }
}

#[cfg(any(feature = "api-keys", feature = "basic"))]
impl Drop for Abandoned<'_> {
    fn drop(&mut self) {
        self.limit.0.record_address(self.address);
    }
}

impl fmt::Debug for FailureLimit {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("FailureLimit")
            .field("per_address", &self.0.addresses)
            .field("per_account", &self.0.accounts)
            .finish()
    }
}

/// The monotonic clock of tokio, which tests can pause and advance.
#[derive(Clone, Copy)]
pub(crate) struct TokioClock(Instant);

impl Default for TokioClock {
    fn default() -> Self {
        Self(Instant::now())
    }
}

impl Clock for TokioClock {
    type Instant = Duration;

    fn now(&self) -> Duration {
        self.0.elapsed()
    }
}

/// The limit over any clock, so that tests need not wait.
#[derive(Clone)]
struct Limits<C: Clock> {
    addresses: Arc<Table<C>>,
    accounts: Arc<Table<C>>,
    /// Anybody can make up as many as they like, and nobody is kept out by them.
    #[cfg(feature = "api-keys")]
    prefixes: Arc<Table<C>>,
}

impl<C: Clock + Clone> Limits<C> {
    fn check(&self, address: Option<IpAddr>, account: &[u8]) -> Result<(), Duration> {
        longer(self.check_address(address), self.accounts.check(account))
    }

    #[cfg(feature = "api-keys")]
    fn check_prefix(&self, address: Option<IpAddr>, prefix: &str) -> Result<(), Duration> {
        longer(self.check_address(address), self.prefixes.check(prefix))
    }

    fn check_address(&self, address: Option<IpAddr>) -> Result<(), Duration> {
        address.map_or(Ok(()), |address| {
            self.addresses.check(&Network::of(address))
        })
    }

    fn record_failure(&self, address: Option<IpAddr>, account: &[u8]) {
        self.record_address(address);
        self.accounts.record(account);
    }

    fn record_address(&self, address: Option<IpAddr>) {
        if let Some(address) = address {
            self.addresses.record(&Network::of(address));
        }
    }

    #[cfg(feature = "api-keys")]
    fn record_prefix(&self, address: Option<IpAddr>, prefix: &str) {
        self.record_address(address);
        self.prefixes.record(prefix);
    }
}

/// Who has to wait for two reasons has to wait for the longer one.
fn longer(one: Result<(), Duration>, other: Result<(), Duration>) -> Result<(), Duration> {
    match (one, other) {
        (Ok(()), result) | (result, Ok(())) => result,
        (Err(one), Err(other)) => Err(one.max(other)),
    }
}

/// What counts as one address.
#[derive(Hash)]
enum Network {
    V4([u8; 4]),
    /// The first 64 bits: the rest is the customer's own to choose (RFC 6177).
    V6([u16; 4]),
}

impl Network {
    fn of(address: IpAddr) -> Self {
        match address.to_canonical() {
            IpAddr::V4(address) => Self::V4(address.octets()),
            IpAddr::V6(address) => {
                let [a, b, c, d, ..] = address.segments();
                Self::V6([a, b, c, d])
            }
        }
    }
}

#[cfg(test)]
mod tests;
