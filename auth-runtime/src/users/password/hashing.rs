//! The settings of password hashes, and hashes made by them.

use std::num::NonZeroUsize;
use std::thread::available_parallelism;

use argon2::{Algorithm, Argon2, Version};
use phc::{Output, ParamsString, PasswordHash, Salt};
use zeroize::Zeroizing;

use super::PasswordFault;
use super::stored::{Argon2Costs, StoredHash};

/// What RFC 9106 section 4 recommends, in octets.
const SALT_LENGTH: usize = 16;
const OUTPUT_LENGTH: usize = 32;

/// The options that OWASP calls equal lie within a factor of seven in memory.
const LEAST_SHARE: u32 = 8;

/// How passwords are hashed: Argon2id (RFC 9106), and how many at once.
///
/// | | default | |
/// |---|---|---|
/// | [`memory_kib`](Self::memory_kib) | 19,456 | 19 MiB |
/// | [`iterations`](Self::iterations) | 2 | |
/// | [`parallelism`](Self::parallelism) | 1 | |
/// | [`most_memory_kib`](Self::most_memory_kib) | 262,144 | 256 MiB: what a stored hash may ask for |
/// | [`concurrency`](Self::concurrency) | the processors | hashes computed at once |
/// | [`waiting`](Self::waiting) | 32 for each of them | log-ins that wait for their turn |
///
/// Memory, iterations and parallelism are what the OWASP Password Storage Cheat Sheet asks for at
/// least. `Basic` computes a hash for every request, so that more costs throughput, and one hash
/// for each processor is as many as make sense: more would take their memory and finish no sooner.
///
/// ```
/// use auth_runtime::users::PasswordHashing;
///
/// # let fast = || PasswordHashing::default().memory_kib(8).iterations(1);
/// let hashing = PasswordHashing::default();
/// # let hashing = fast();
/// let stored = hashing.hash("correct horse battery staple")?;
/// assert!(stored.starts_with("$argon2id$v=19$"));
///
/// assert!(PasswordHashing::verify("correct horse battery staple", &stored)?);
/// assert!(!PasswordHashing::verify("Tr0ub4dor&3", &stored)?);
///
/// // Later, with other settings:
/// assert!(!hashing.is_outdated(&stored));
/// assert!(hashing.iterations(3).is_outdated(&stored));
/// # Ok::<(), auth_runtime::users::PasswordFault>(())
/// ```
///
/// A hash takes about 20 ms in an optimised build and half a second in a debug one. In debug
/// builds of your own `[profile.dev.package."*"]` with `opt-level = 3` helps.
///
/// # Bounds
///
/// A store is trusted, but one row must not take the server down: whoever knows the name of a user
/// can have that user's hash computed. `Basic` verifies no stored hash that asks for more than
/// [`most_memory_kib`](Self::most_memory_kib). Beyond any setting, no hash may ask for more than
/// 2 GiB of memory, for more than 16 GiB over all iterations, or for more than 10,000,000 iterations
/// of PBKDF2. The same holds for the settings.
///
/// The most that all hashes take together is the larger of `memory_kib` and `most_memory_kib`, times
/// `concurrency`. Leave room for
/// that: scrypt without memory ends the process.
#[derive(Clone, Debug)]
#[must_use]
pub struct PasswordHashing {
    memory_kib: u32,
    iterations: u32,
    parallelism: u32,
    most_memory_kib: u32,
    concurrency: Option<usize>,
    waiting: Option<usize>,
}

impl Default for PasswordHashing {
    fn default() -> Self {
        Self {
            memory_kib: 19 * 1024,
            iterations: 2,
            parallelism: 1,
            most_memory_kib: 256 * 1024,
            concurrency: None,
            waiting: None,
        }
    }
}

impl PasswordHashing {
    /// The memory of one hash in KiB.
    pub fn memory_kib(mut self, memory: u32) -> Self {
        self.memory_kib = memory;
        self
    }

    /// How many times the memory is gone over.
    pub fn iterations(mut self, iterations: u32) -> Self {
        self.iterations = iterations;
        self
    }

    /// The lanes of Argon2. They are computed one after the other: a server has other log-ins for
    /// its other processors.
    pub fn parallelism(mut self, lanes: u32) -> Self {
        self.parallelism = lanes;
        self
    }

    /// The most memory that a stored hash may ask for, in KiB, and eight times that over all its
    /// iterations. Argon2 and scrypt take memory; what PBKDF2 may take is
    /// [bounded](Self#bounds) in iterations. A hash with no more than the costs of these settings is
    /// always verified.
    ///
    /// `Basic` answers a password for a hash above it like a wrong one, at the cost of one, and an
    /// error in the log names the user.
    ///
    /// Whoever takes over hashes of the first option of RFC 9106 section 4, 2 GiB each, sets
    /// `2 * 1024 * 1024` here.
    pub fn most_memory_kib(mut self, memory: u32) -> Self {
        self.most_memory_kib = memory;
        self
    }

    /// How many hashes `Basic` computes at once. They run beside the async threads and take
    /// [`memory_kib`](Self::memory_kib) each, or what the stored hash asks for.
    pub fn concurrency(mut self, hashes: usize) -> Self {
        self.concurrency = Some(hashes);
        self
    }

    /// How many log-ins may wait while that many hashes are computed. The next one is answered 503
    /// with `Retry-After`.
    pub fn waiting(mut self, log_ins: usize) -> Self {
        self.waiting = Some(log_ins);
        self
    }

    /// The PHC string to store for `password`, with a random salt. Takes its time, so that it
    /// belongs on a thread that may block, such as those of tokio's `spawn_blocking`.
    ///
    /// # Errors
    ///
    /// [`Settings`](PasswordFault::Settings), [`NoRandomness`](PasswordFault::NoRandomness),
    /// [`OutOfMemory`](PasswordFault::OutOfMemory).
    pub fn hash(&self, password: impl AsRef<[u8]>) -> Result<String, PasswordFault> {
        let params = self.params()?;
        let mut salt = [0; SALT_LENGTH];
        getrandom::fill(&mut salt).map_err(|_| PasswordFault::NoRandomness)?;
        let mut output = Zeroizing::new([0; OUTPUT_LENGTH]);
        Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
            .hash_password_into(password.as_ref(), &salt, &mut *output)
            .map_err(|error| match error {
                argon2::Error::OutOfMemory => PasswordFault::OutOfMemory,
                _ => PasswordFault::Settings,
            })?;
        self.phc(&salt, &*output)
            .map(|phc| phc.to_string())
            .map_err(|_| PasswordFault::Settings)
    }

    /// Whether `stored` is the hash of `password`: a PHC string of Argon2id, Argon2i or Argon2d,
    /// scrypt, or PBKDF2 with SHA-256 or SHA-512, whatever its parameters within the
    /// [bounds](Self#bounds). As slow as the parameters make it; the comparison takes constant time.
    ///
    /// # Errors
    ///
    /// The stored text is nothing that can be verified, or there is not memory enough.
    pub fn verify(password: impl AsRef<[u8]>, stored: &str) -> Result<bool, PasswordFault> {
        StoredHash::parse(stored)?.verify(password.as_ref())
    }

    /// Whether `stored` should be made anew, which can be done when its user logs in:
    ///
    /// * it was made by another algorithm or version, or can't be verified at all;
    /// * it costs less than these settings: memory times iterations is what a guess costs, and what
    ///   the recommendations trade (RFC 9106 section 4, the OWASP Password Storage Cheat Sheet);
    /// * it takes less than an eighth of the memory, which no number of iterations makes up for;
    /// * it costs the same, and its salt is under 16 octets or its hash under 32.
    ///
    /// A hash above [`most_memory_kib`](Self::most_memory_kib) is none of that: raise the setting to
    /// have it verified. So what costs more than these settings is never replaced by something weaker, unless it was
    /// made with next to no memory. The lanes don't count: they say nothing of strength.
    #[must_use]
    pub fn is_outdated(&self, stored: &str) -> bool {
        StoredHash::parse(stored).map_or(true, |stored| self.is_outdated_hash(&stored))
    }

    pub(super) fn is_outdated_hash(&self, stored: &StoredHash) -> bool {
        let own = self.costs();
        stored.argon2id().is_none_or(|costs| {
            let short = stored.salt().len() < SALT_LENGTH || stored.output().len() < OUTPUT_LENGTH;
            costs.work() < own.work()
                || costs.memory_kib < own.memory_kib / LEAST_SHARE
                || (costs.work() == own.work() && short)
        })
    }

    /// The stored hash `text`, if `Basic` may compute it.
    pub(super) fn stored(&self, text: &str) -> Result<StoredHash, PasswordFault> {
        StoredHash::parse(text)?.within(self.most_memory_kib, self.costs())
    }

    /// What is wrong with the settings, everything at once.
    pub(crate) fn faults(&self) -> Vec<PasswordFault> {
        let no_concurrency = (self.concurrency == Some(0)).then_some(PasswordFault::NoConcurrency);
        self.params()
            .err()
            .into_iter()
            .chain(no_concurrency)
            .collect()
    }

    /// How many hashes at once, and how many log-ins may wait.
    pub(super) fn permits(&self) -> (usize, usize) {
        let running = self
            .concurrency
            .unwrap_or_else(|| available_parallelism().map_or(1, NonZeroUsize::get));
        // At 20 ms each the last in the line waits for about two thirds of a second: some clients
        // give up soon after, and whoever still waits for them takes memory.
        let waiting = self.waiting.unwrap_or(running.saturating_mul(32));
        (running, waiting)
    }

    pub(super) fn costs(&self) -> Argon2Costs {
        Argon2Costs {
            memory_kib: self.memory_kib,
            iterations: self.iterations,
            lanes: self.parallelism,
        }
    }

    fn params(&self) -> Result<argon2::Params, PasswordFault> {
        self.costs()
            .bounded()
            .and_then(|costs| costs.params(OUTPUT_LENGTH))
            .ok_or(PasswordFault::Settings)
    }

    fn phc(&self, salt: &[u8], output: &[u8]) -> phc::Result<PasswordHash> {
        let mut params = ParamsString::new();
        params.add_decimal("m", self.memory_kib)?;
        params.add_decimal("t", self.iterations)?;
        params.add_decimal("p", self.parallelism)?;
        Ok(PasswordHash {
            algorithm: phc::Ident::new("argon2id")?,
            version: Some(Version::V0x13.into()),
            params,
            salt: Some(Salt::new(salt)?),
            hash: Some(Output::new(output)?),
        })
    }
}
