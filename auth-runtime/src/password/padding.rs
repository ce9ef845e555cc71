//! Work beside a stored hash that costs less than the settings, so that the time of a failed log-in
//! does not tell that its user exists.

use std::cmp::Ordering;
use std::sync::{Once, OnceLock};
use std::time::{Duration, Instant};

use super::PasswordFault;
use super::stored::{Algorithm, Argon2Costs, StoredHash};

/// Makes stored hashes cost what a hash of the settings costs.
pub(super) struct Padding {
    settings: Argon2Costs,
    pub(super) argon2: OnceLock<Speed>,
    pub(super) scrypt: OnceLock<Speed>,
    pub(super) pbkdf2_sha256: OnceLock<Speed>,
    pub(super) pbkdf2_sha512: OnceLock<Speed>,
    cheaper: Once,
    costlier: Once,
}

/// So much work, in the unit of its algorithm, takes so long on this machine.
#[derive(Clone, Copy, Debug)]
pub(super) struct Speed {
    pub(super) work: u64,
    pub(super) time: Duration,
}

impl Padding {
    pub(super) fn new(settings: Argon2Costs) -> Self {
        Self {
            settings,
            argon2: OnceLock::new(),
            scrypt: OnceLock::new(),
            pbkdf2_sha256: OnceLock::new(),
            pbkdf2_sha512: OnceLock::new(),
            cheaper: Once::new(),
            costlier: Once::new(),
        }
    }

    /// Computes what `hash`, which was just verified, lacks to the cost of the settings. Returns how
    /// its own cost compares with that.
    pub(super) fn pad(
        &self,
        hash: &StoredHash,
        password: &[u8],
    ) -> Result<Ordering, PasswordFault> {
        let full = self.settings.work();
        let work = self.in_argon2(hash)?;
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
    fn in_argon2(&self, hash: &StoredHash) -> Result<u64, PasswordFault> {
        let speed = match hash.algorithm() {
            Algorithm::Argon2 => return Ok(hash.work()),
            Algorithm::Scrypt => &self.scrypt,
            Algorithm::Pbkdf2Sha256 => &self.pbkdf2_sha256,
            Algorithm::Pbkdf2Sha512 => &self.pbkdf2_sha512,
        };
        let other = known(speed, || {
            let sample = hash.sample().ok_or(PasswordFault::Parameters)?;
            let time = shortest(|| sample.verify(b"").map(drop))?;
            Ok(Speed {
                work: sample.work(),
                time,
            })
        })?;
        let argon2 = known(&self.argon2, || {
            let work = self.settings.work();
            let time = shortest(|| self.settings.spend(work, b""))?;
            Ok(Speed { work, time })
        })?;
        Ok(convert(hash.work(), other, argon2))
    }
}

/// The work at the speed of `to` that takes as long as `work` at the speed of `from`.
fn convert(work: u64, from: Speed, to: Speed) -> u64 {
    let time = u128::from(work).saturating_mul(from.time.as_nanos());
    let work = time
        .checked_div(from.work.into())
        .map(|time| time.saturating_mul(to.work.into()))
        .and_then(|work| work.checked_div(to.time.as_nanos()));
    work.and_then(|work| u64::try_from(work).ok())
        .unwrap_or(u64::MAX)
}

fn known(
    speed: &OnceLock<Speed>,
    measure: impl FnOnce() -> Result<Speed, PasswordFault>,
) -> Result<Speed, PasswordFault> {
    match speed.get() {
        Some(speed) => Ok(*speed),
        // Two at once may measure it, and one of them keeps it.
        None => measure().map(|measured| *speed.get_or_init(|| measured)),
    }
}

/// How long it takes where nothing else runs: the shortest of a few times.
fn shortest(work: impl Fn() -> Result<(), PasswordFault>) -> Result<Duration, PasswordFault> {
    let mut shortest = Duration::MAX;
    for _ in 0..3 {
        let start = Instant::now();
        work()?;
        shortest = shortest.min(start.elapsed());
    }
    Ok(shortest)
}
