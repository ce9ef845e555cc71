//! Limits failed authentications per client address and per account.

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

/// Limits failed authentications per client address and per account, so that credentials can't be guessed.
///
/// An attempt beyond a limit is refused before a hash is computed, or a store or server is queried. The response
/// is 429 with `Retry-After` (RFC 6585 section 4; row F5).
///
/// A clone shares the counts of the original. Pass clones to all kinds of credentials of a service, so that an
/// address has one count.
///
/// Prefixes of API keys have a limit like that of accounts, but separate counts, so that made-up keys can't
/// delay a user. Because the secret of a key can't be guessed, a valid key is accepted even if its prefix is
/// over the limit. Opaque tokens are counted per address only: see
/// [`Introspection::failure_limit`](crate::Introspection::failure_limit).
///
/// | | default | afterwards |
/// |---|---|---|
/// | [`per_address`](Self::per_address) | 50 failures in 15 minutes | one every 18 seconds |
/// | [`per_account`](Self::per_account) | 10 failures in 15 minutes | one every 90 seconds: fewer than 1,000 guesses a day |
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
/// // Your own kind of credential checks the limit first, and records failures.
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
/// # Limitations
///
/// 1. **An attacker can delay an account's owner.** Repeated failed logins for an account delay every login to
///    it, including the owner's. A small `per_account` limits guessing but makes this easy; a large one has
///    the opposite effect. No delay lasts longer than the period after the last failure.
/// 2. **Parallel attempts can exceed the limit.** Attempts that passed [`check`](Self::check) before the limit
///    was reached continue, so the limit can be exceeded by the number of attempts in flight. These failures
///    count as well, up to twice the limit, so that a burst causes a longer wait.
/// 3. **A success does not reset a count.** Otherwise an attacker with an account of their own could log in
///    between guesses and never reach the limit of an address, and each request of the owner, with a valid
///    password, would allow new guesses for the account. Counts decrease with time only.
/// 4. **Counts are per process.** Each node behind a load balancer has its own counts. A restart resets them.
/// 5. **Clients behind one address share its count**: for example the people in an office, or all clients if
///    the address is that of a proxy that is not configured as trusted. An IPv6 address counts as its /64
///    network, the smallest that a customer gets; a customer with several has as many counts.
///
/// # Memory
///
/// Addresses use 2 MiB, accounts 2 MiB and, with the feature `api-keys`, prefixes of API keys 2 MiB. The memory
/// is allocated on first use and kept. No name or address is stored.
///
/// A keyed hash with a random secret selects four of 4 × 65,536 counters for each address, and likewise for
/// each account and each prefix. A limit is reached when all four counters are. An attacker can't choose names
/// or addresses that share the counters of another, and since no entry is evicted, a flood can't reset a count.
/// But by chance, others can use up all four counters of an account or address. While `n` others are over the
/// limit, the probability is (1 - (1 - 1/65536)ⁿ)⁴:
///
/// | others over the limit | probability that another one is limited |
/// |---|---|
/// | 100 | 1 in 10¹¹ |
/// | 1,000 | 1 in 19,000,000 |
/// | 10,000 | 1 in 2,500 |
/// | 100,000 | 1 in 3 |
///
/// Together the counters decrease by 65,536 × failures / period: with the defaults, by 3,640 failures of
/// addresses and 728 of accounts per second. An attacker that causes more failures than that, from enough
/// addresses, delays every client.
///
/// Unknown user names are counted like existing ones, so that responses do not tell them apart.
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
    /// The number of failures that are allowed per client address: `failures` at once, then one every
    /// `period / failures`. The `period` is also the longest wait. It is at least a second and at most a year;
    /// other values are clamped.
    ///
    /// Resets the count. Clones that were made before keep theirs.
    pub fn per_address(mut self, failures: NonZeroU32, period: Duration) -> Self {
        self.0.addresses = Table::new(failures, period, TokioClock::default()).into();
        self
    }

    /// The number of failures that are allowed per account, and per prefix of API keys. The arguments are those
    /// of [`per_address`](Self::per_address).
    pub fn per_account(mut self, failures: NonZeroU32, period: Duration) -> Self {
        self.0.accounts = Table::new(failures, period, TokioClock::default()).into();
        #[cfg(feature = "api-keys")]
        {
            self.0.prefixes = Table::new(failures, period, TokioClock::default()).into();
        }
        self
    }

    /// Checks whether an attempt is allowed now. Call it before anything else is done with the credential. It
    /// counts no failure, so that valid credentials are never limited.
    ///
    /// `account` is the user name as the store compares it. If `Alice` and `alice` are the same account, pass
    /// one spelling for both; otherwise each spelling has its own count. Without an `address`, only the
    /// account is checked.
    ///
    /// # Errors
    ///
    /// The time to wait, always more than zero. Respond with 429, and `Retry-After` in whole seconds, rounded
    /// up.
    pub fn check(&self, address: Option<IpAddr>, account: &[u8]) -> Result<(), Duration> {
        self.0.check(address, account)
    }

    /// Checks the address only: for credentials that can't be guessed, where a limit per account would delay
    /// only its owner.
    #[cfg(any(feature = "api-keys", feature = "introspection"))]
    pub(crate) fn check_address(&self, address: Option<IpAddr>) -> Result<(), Duration> {
        self.0.check_address(address)
    }

    /// Checks the address and the prefix of an API key.
    #[cfg(feature = "api-keys")]
    pub(crate) fn check_prefix(
        &self,
        address: Option<IpAddr>,
        prefix: &str,
    ) -> Result<(), Duration> {
        self.0.check_prefix(address, prefix)
    }

    /// Counts a failed attempt. Do not count an attempt that [`check`](Self::check) refused: clients that retry
    /// too early would never be allowed again. Do not count an attempt that failed because of an outage.
    pub fn record_failure(&self, address: Option<IpAddr>, account: &[u8]) {
        self.0.record_failure(address, account);
    }

    /// Counts a failed attempt for its address only.
    #[cfg(feature = "introspection")]
    pub(crate) fn record_address(&self, address: Option<IpAddr>) {
        self.0.record_address(address);
    }

    /// Counts a failure for the address if the returned guard is dropped: the client has disconnected.
    #[cfg(any(feature = "api-keys", feature = "basic"))]
    pub(crate) fn begin_attempt(&self, address: Option<IpAddr>) -> UnfinishedAttempt<'_> {
        UnfinishedAttempt {
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

/// Dropped when the client disconnects during an attempt. That attempt has cost the store as much as any other,
/// so it counts for the address. Whether the credential was valid is unknown.
#[cfg(any(feature = "api-keys", feature = "basic"))]
pub(crate) struct UnfinishedAttempt<'a> {
    limit: &'a FailureLimit,
    address: Option<IpAddr>,
}

#[cfg(any(feature = "api-keys", feature = "basic"))]
impl UnfinishedAttempt<'_> {
    /// The attempt ended, so nothing is counted here: an outage is not a failure of the client, and a refused
    /// credential is counted separately.
    pub(crate) fn completed(self) {
        std::mem::forget(self);
    }
}

#[cfg(any(feature = "api-keys", feature = "basic"))]
impl Drop for UnfinishedAttempt<'_> {
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

/// The limits, generic over the clock for tests.
#[derive(Clone)]
struct Limits<C: Clock> {
    addresses: Arc<Table<C>>,
    accounts: Arc<Table<C>>,
    /// Separate from `accounts`, because any client can make up prefixes.
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

/// The longer of two waits.
fn longer(one: Result<(), Duration>, other: Result<(), Duration>) -> Result<(), Duration> {
    match (one, other) {
        (Ok(()), result) | (result, Ok(())) => result,
        (Err(one), Err(other)) => Err(one.max(other)),
    }
}

/// The part of an address that has one count.
#[derive(Hash)]
enum Network {
    V4([u8; 4]),
    /// The first 64 bits: the customer chooses the rest (RFC 6177).
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
