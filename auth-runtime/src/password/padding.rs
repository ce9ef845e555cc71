//! Work added to a stored hash that costs less than the settings, so that the time of a failed log-in
//! does not reveal that the user exists.

use std::cmp::Ordering;
use std::sync::Once;
use std::sync::atomic::{self, AtomicU64};
use std::time::Duration;

use super::PasswordFault;
use super::stored::{Algorithm, Argon2Costs, StoredHash};

/// Makes stored hashes cost at least what a hash with the settings costs.
pub(super) struct Padding {
    settings: Argon2Costs,
    argon2: Speed,
    scrypt: Speed,
    pbkdf2_sha256: Speed,
    pbkdf2_sha512: Speed,
    cheaper: Once,
    costlier: Once,
}

/// How fast an algorithm is on this machine: the fewest picoseconds that a unit of work has taken. Other
/// load on the machine can only make it slower.
struct Speed(AtomicU64);

impl Padding {
    /// `time` is what a hash with the settings took.
    pub(super) fn new(settings: Argon2Costs, time: Duration) -> Self {
        let padding = Self {
            settings,
            argon2: Speed::unknown(),
            scrypt: Speed::unknown(),
            pbkdf2_sha256: Speed::unknown(),
            pbkdf2_sha512: Speed::unknown(),
            cheaper: Once::new(),
            costlier: Once::new(),
        };
        padding.argon2.record(settings.work(), time);
        padding
    }

    /// Computes the work that `hash`, which took this `time` to verify, lacks compared with the
    /// settings. Returns how its own cost compares with theirs.
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
                    "stored password hashes cost less than `PasswordHashing` asks for: log-ins with \
                     them are slowed down to the time of the others. Such a hash is replaced when \
                     its user logs in and the store accepts new hashes, or a new password is set"
                );
            }),
            Ordering::Greater => self.costlier.call_once(|| {
                tracing::warn!(
                    target: "auth_runtime",
                    "stored password hashes cost more than `PasswordHashing` asks for: the time of a \
                     failed log-in reveals that their users exist. Set `PasswordHashing` to the \
                     highest costs of the stored hashes"
                );
            }),
        }
    }

    /// The work of Argon2, in KiB over all passes, that takes as long as this hash.
    fn equivalent_argon2_work(&self, hash: &StoredHash, time: Duration) -> u64 {
        let work = hash.work();
        let speed = match hash.algorithm() {
            Algorithm::Argon2 => {
                // Less memory may fit into a cache of the processor and be faster.
                let memory = hash.argon2id().map(|costs| costs.memory_kib);
                if memory == Some(self.settings.memory_kib) {
                    self.argon2.record(work, time);
                }
                return work;
            }
            Algorithm::Scrypt => &self.scrypt,
            Algorithm::Pbkdf2Sha256 => &self.pbkdf2_sha256,
            Algorithm::Pbkdf2Sha512 => &self.pbkdf2_sha512,
        };
        speed.record(work, time);
        let time = u128::from(work) * u128::from(speed.picoseconds());
        let work = time / u128::from(self.argon2.picoseconds());
        u64::try_from(work).unwrap_or(u64::MAX)
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
