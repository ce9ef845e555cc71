//! Work beside a stored hash that costs less than the settings, so that the time of a failed log-in
//! does not tell that its user exists.

use std::cmp::Ordering;
use std::sync::Once;
use std::sync::atomic::{self, AtomicU64};
use std::time::Duration;

use super::PasswordFault;
use super::stored::{Algorithm, Argon2Costs, StoredHash};

/// Makes stored hashes cost what a hash of the settings costs.
pub(super) struct Padding {
    settings: Argon2Costs,
    argon2: Speed,
    scrypt: Speed,
    pbkdf2_sha256: Speed,
    pbkdf2_sha512: Speed,
    cheaper: Once,
    costlier: Once,
}

/// How fast an algorithm is on this machine: the picoseconds of one unit of work, the fewest that were
/// seen. Other work on the machine only ever adds to them.
struct Speed(AtomicU64);

impl Padding {
    /// `time` is what a hash of the settings took.
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
        padding.argon2.see(settings.work(), time);
        padding
    }

    /// Computes what `hash`, which was just verified in this `time`, lacks to the cost of the
    /// settings. Returns how its own cost compares with that.
    pub(super) fn pad(
        &self,
        hash: &StoredHash,
        time: Duration,
        password: &[u8],
    ) -> Result<Ordering, PasswordFault> {
        let full = self.settings.work();
        let work = self.in_argon2(hash, time);
        self.settings.spend(full.saturating_sub(work), password)?;
        Ok(work.cmp(&full))
    }

    /// Logs, once each, that there are stored hashes which cost less or more than the settings.
    pub(super) fn note(&self, cost: Ordering) {
        match cost {
            Ordering::Equal => {}
            Ordering::Less => self.cheaper.call_once(|| {
                tracing::warn!(
                    target: "auth_runtime",
                    "stored password hashes cost less than `PasswordHashing` asks for: log-ins with \
                     them are slowed down to the time of the others, until the users log in and the \
                     store takes new hashes, or their passwords are set anew"
                );
            }),
            Ordering::Greater => self.costlier.call_once(|| {
                tracing::warn!(
                    target: "auth_runtime",
                    "stored password hashes cost more than `PasswordHashing` asks for: the time of a \
                     failed log-in tells that their users exist, until `PasswordHashing` asks for the \
                     cost of the costliest"
                );
            }),
        }
    }

    /// The work of Argon2, in KiB over all passes, that takes as long as this hash.
    fn in_argon2(&self, hash: &StoredHash, time: Duration) -> u64 {
        let work = hash.work();
        let speed = match hash.algorithm() {
            Algorithm::Argon2 => {
                // Less memory may be in a cache, and faster.
                let memory = hash.argon2id().map(|costs| costs.memory_kib);
                if memory == Some(self.settings.memory_kib) {
                    self.argon2.see(work, time);
                }
                return work;
            }
            Algorithm::Scrypt => &self.scrypt,
            Algorithm::Pbkdf2Sha256 => &self.pbkdf2_sha256,
            Algorithm::Pbkdf2Sha512 => &self.pbkdf2_sha512,
        };
        speed.see(work, time);
        let time = u128::from(work) * u128::from(speed.picoseconds());
        let work = time / u128::from(self.argon2.picoseconds());
        u64::try_from(work).unwrap_or(u64::MAX)
    }
}

impl Speed {
    fn unknown() -> Self {
        Self(AtomicU64::new(u64::MAX))
    }

    fn see(&self, work: u64, time: Duration) {
        let picoseconds = time.as_nanos().saturating_mul(1_000);
        let each = picoseconds.div_ceil(work.max(1).into());
        // Never zero, because others are divided by it.
        let each = u64::try_from(each).unwrap_or(u64::MAX).max(1);
        self.0.fetch_min(each, atomic::Ordering::Relaxed);
    }

    fn picoseconds(&self) -> u64 {
        self.0.load(atomic::Ordering::Relaxed)
    }
}
