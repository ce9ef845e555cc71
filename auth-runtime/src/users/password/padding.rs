//! Work added to a stored hash that costs less than the settings, so that the time of a failed login
//! does not reveal that the user exists.

use std::cmp::Ordering;
use std::sync::atomic::{self, AtomicU64};
use std::sync::{Once, OnceLock};
use std::time::Duration;

use super::PasswordFault;
use super::stored::{Argon2Costs, HashAlgorithm, StoredHash};

/// Makes the verification of a stored hash cost at least as much as that of a hash with the settings.
pub(super) struct Padding {
    settings: Argon2Costs,
    /// Argon2 with the memory of the settings.
    argon2: Speed,
    /// Argon2 with other sizes of memory, in KiB, in the order in which they were seen.
    argon2_of_other_memory: [OnceLock<(u32, Speed)>; OTHER_MEMORY],
    scrypt: Speed,
    pbkdf2_sha256: Speed,
    pbkdf2_sha512: Speed,
    cheaper: Once,
    costlier: Once,
}

/// How many sizes of memory, other than that of the settings, have a measured speed. A store has a few:
/// one for each time that the settings were changed.
pub(super) const OTHER_MEMORY: usize = 16;

/// The speed of an algorithm on this machine: the fewest picoseconds that a unit of work has taken. The minimum is
/// used because other load on the machine makes it slower.
struct Speed(AtomicU64);

impl Padding {
    /// `time` is the time that a hash with the settings took.
    pub(super) fn new(settings: Argon2Costs, time: Duration) -> Self {
        let padding = Self {
            settings,
            argon2: Speed::unknown(),
            argon2_of_other_memory: [const { OnceLock::new() }; OTHER_MEMORY],
            scrypt: Speed::unknown(),
            pbkdf2_sha256: Speed::unknown(),
            pbkdf2_sha512: Speed::unknown(),
            cheaper: Once::new(),
            costlier: Once::new(),
        };
        padding.argon2.record(settings.work(), time);
        padding
    }

    /// Does the work by which `hash`, which took this `time` to verify, costs less than the settings. Returns how
    /// its own cost compares with theirs.
    pub(super) fn pad(
        &self,
        hash: &StoredHash,
        time: Duration,
        password: &[u8],
    ) -> Result<Ordering, PasswordFault> {
        let full = self.settings.work();
        let work = self.equivalent_argon2_work(hash, time);
        self.settings.spend(full.saturating_sub(work), password)?;
        Ok(work.cmp(&full))
    }

    /// Logs, once each, that there are stored hashes which cost less or more than the settings.
    pub(super) fn log_once(&self, cost: Ordering) {
        match cost {
            Ordering::Equal => {}
            Ordering::Less => self.cheaper.call_once(|| {
                tracing::warn!(
                    target: "auth_runtime",
                    "stored password hashes cost less than the settings of `PasswordHashing`: logins with \
                     them are slowed down to the time of the others. Such a hash is replaced when its \
                     user logs in, if the store accepts new hashes, or when a new password is set"
                );
            }),
            Ordering::Greater => self.costlier.call_once(|| {
                tracing::warn!(
                    target: "auth_runtime",
                    "stored password hashes cost more than the settings of `PasswordHashing`: the time of a \
                     failed login reveals that their users exist. Set `PasswordHashing` to the highest \
                     costs of the stored hashes"
                );
            }),
        }
    }

    /// The work of Argon2 with the memory of the settings, in KiB over all passes, that takes as long as
    /// this hash.
    fn equivalent_argon2_work(&self, hash: &StoredHash, time: Duration) -> u64 {
        let work = hash.work();
        let speed = match hash.algorithm() {
            HashAlgorithm::Argon2 { memory_kib } if memory_kib == self.settings.memory_kib => {
                // Other variants may be faster than that of the settings.
                if hash.argon2id().is_some() {
                    self.argon2.record(work, time);
                }
                return work;
            }
            HashAlgorithm::Argon2 { memory_kib } => match self.of_other_memory(memory_kib) {
                Some(speed) => speed,
                None => return work,
            },
            HashAlgorithm::Scrypt => &self.scrypt,
            HashAlgorithm::Pbkdf2Sha256 => &self.pbkdf2_sha256,
            HashAlgorithm::Pbkdf2Sha512 => &self.pbkdf2_sha512,
        };
        speed.record(work, time);
        let time = u128::from(work) * u128::from(speed.picoseconds());
        let work = time / u128::from(self.argon2.picoseconds());
        u64::try_from(work).unwrap_or(u64::MAX)
    }

    /// The speed with this size of memory; `None` if [`OTHER_MEMORY`] other sizes are already in use.
    fn of_other_memory(&self, memory_kib: u32) -> Option<&Speed> {
        let mut sizes = self.argon2_of_other_memory.iter();
        sizes.find_map(|size| {
            // The first free entry becomes that of this size.
            let (known, speed) = size.get_or_init(|| (memory_kib, Speed::unknown()));
            (*known == memory_kib).then_some(speed)
        })
    }
}

impl Speed {
    fn unknown() -> Self {
        Self(AtomicU64::new(u64::MAX))
    }

    fn record(&self, work: u64, time: Duration) {
        let picoseconds = time.as_nanos().saturating_mul(1_000);
        let each = picoseconds.div_ceil(work.max(1).into());
        // Never zero, because it is a divisor.
        let each = u64::try_from(each).unwrap_or(u64::MAX).max(1);
        self.0.fetch_min(each, atomic::Ordering::Relaxed);
    }

    fn picoseconds(&self) -> u64 {
        self.0.load(atomic::Ordering::Relaxed)
    }
}
