//! The settings of password hashing, and new hashes.

use std::num::NonZeroUsize;
use std::thread::available_parallelism;

use argon2::{Algorithm, Argon2, Version};
use phc::{Output, ParamsString, PasswordHash, Salt};
use zeroize::Zeroizing;

use super::PasswordFault;
use super::stored::{Argon2Costs, StoredHash};

/// The lengths that RFC 9106 section 4 recommends, in octets.
const SALT_LENGTH: usize = 16;
const OUTPUT_LENGTH: usize = 32;

/// A stored hash with less memory than the settings divided by this is outdated. The options that OWASP considers
/// equivalent differ by a factor of seven in memory.
const MAX_MEMORY_FACTOR: u32 = 8;

/// The settings of password hashing: the costs of Argon2id (RFC 9106), and how many hashes are computed at once.
///
/// | | default | |
/// |---|---|---|
/// | [`memory_kib`](Self::memory_kib) | 19,456 | 19 MiB |
/// | [`iterations`](Self::iterations) | 2 | |
/// | [`parallelism`](Self::parallelism) | 1 | |
/// | [`most_memory_kib`](Self::most_memory_kib) | 262,144 | 256 MiB: the limit for a stored hash |
/// | [`concurrency`](Self::concurrency) | the number of processors | hashes computed at once |
/// | [`waiting`](Self::waiting) | 32 for each of them | logins that wait |
///
/// The defaults of memory, iterations and parallelism are the minimum of the OWASP Password Storage Cheat Sheet.
/// `Basic` computes a hash for every request, so higher costs reduce throughput. More hashes at once than
/// processors would use more memory and not finish sooner.
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
/// A hash takes about 20 ms in an optimized build, and half a second in a debug build. To speed up debug builds, set
/// `opt-level = 3` in `[profile.dev.package."*"]`.
///
/// # Bounds
///
/// The store is trusted, but a single stored hash must not take the server down: any client that knows a user name
/// can cause that user's hash to be computed. `Basic` verifies no stored hash that requires more than
/// [`most_memory_kib`](Self::most_memory_kib). Whatever the setting, no hash may require more than 2 GiB of memory,
/// more than 16 GiB over all iterations, or more than 10,000,000 iterations of PBKDF2. The same limits apply to the
/// settings.
///
/// All hashes together use at most the larger of `memory_kib` and `most_memory_kib`, times `concurrency`. Reserve
/// that much memory: scrypt aborts the process if it can't allocate.
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
    /// Sets the memory of a hash in KiB.
    pub fn memory_kib(mut self, memory: u32) -> Self {
        self.memory_kib = memory;
        self
    }

    /// Sets the number of passes over the memory.
    pub fn iterations(mut self, iterations: u32) -> Self {
        self.iterations = iterations;
        self
    }

    /// Sets the number of lanes of Argon2. They are computed one after the other: the other processors of a server
    /// are used for other logins.
    pub fn parallelism(mut self, lanes: u32) -> Self {
        self.parallelism = lanes;
        self
    }

    /// Sets the maximum memory of a stored hash in KiB. Over all its iterations, eight times as much is allowed. A
    /// hash that costs at most as much as these settings is always verified.
    ///
    /// This limits Argon2 and scrypt. PBKDF2 needs no memory, and is [bounded](Self#bounds) in iterations.
    ///
    /// If a hash is above the limit, `Basic` responds as to a wrong password, after the same time, and logs an
    /// error that names the user.
    ///
    /// For hashes with the first option of RFC 9106 section 4, 2 GiB each, set `2 * 1024 * 1024`.
    pub fn most_memory_kib(mut self, memory: u32) -> Self {
        self.most_memory_kib = memory;
        self
    }

    /// Sets how many hashes `Basic` computes at once. They run on threads for blocking work, and use
    /// [`memory_kib`](Self::memory_kib) each, or the memory that the stored hash requires.
    pub fn concurrency(mut self, hashes: usize) -> Self {
        self.concurrency = Some(hashes);
        self
    }

    /// Sets how many logins may wait while that many hashes are computed. Logins beyond this limit get 503 with
    /// `Retry-After`.
    pub fn waiting(mut self, log_ins: usize) -> Self {
        self.waiting = Some(log_ins);
        self
    }

    /// Computes the PHC string to store for `password`, with a random salt. It is slow, so call it on a thread that
    /// may block, such as with tokio's `spawn_blocking`.
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

    /// Whether `stored` is the hash of `password`. `stored` is a PHC string of Argon2id, Argon2i, Argon2d, scrypt, or
    /// PBKDF2 with SHA-256 or SHA-512, with any parameters within the [bounds](Self#bounds).
    ///
    /// It is as slow as the parameters require. The hashes are compared in constant time.
    ///
    /// # Errors
    ///
    /// The stored text can't be verified, or there is not enough memory.
    pub fn verify(password: impl AsRef<[u8]>, stored: &str) -> Result<bool, PasswordFault> {
        StoredHash::parse(stored)?.verify(password.as_ref())
    }

    /// Whether `stored` should be replaced, which can be done when its user logs in:
    ///
    /// * it has another algorithm or version, or can't be verified;
    /// * it costs less than these settings: memory times iterations, which is the cost of a guess and the measure
    ///   by which recommendations compare options (RFC 9106 section 4, the OWASP Password Storage Cheat Sheet);
    /// * it uses less than an eighth of the memory, which more iterations can't compensate;
    /// * it costs the same, and its salt is shorter than 16 octets or its hash shorter than 32.
    ///
    /// So a hash that costs more than these settings is never replaced by a weaker one, unless it uses very little
    /// memory. A hash above [`most_memory_kib`](Self::most_memory_kib) is not outdated for that reason: raise the
    /// setting to have it verified. The number of lanes does not matter, because it does not affect the strength.
    #[must_use]
    pub fn is_outdated(&self, stored: &str) -> bool {
        StoredHash::parse(stored).map_or(true, |stored| self.is_outdated_hash(&stored))
    }

    pub(super) fn is_outdated_hash(&self, stored: &StoredHash) -> bool {
        let own = self.costs();
        stored.argon2id().is_none_or(|costs| {
            let short = stored.salt().len() < SALT_LENGTH || stored.output().len() < OUTPUT_LENGTH;
            costs.work() < own.work()
                || costs.memory_kib < own.memory_kib / MAX_MEMORY_FACTOR
                || (costs.work() == own.work() && short)
        })
    }

    /// Parses a stored hash, if `Basic` may compute it.
    pub(super) fn stored(&self, text: &str) -> Result<StoredHash, PasswordFault> {
        StoredHash::parse(text)?.within(self.most_memory_kib, self.costs())
    }

    /// All faults of the settings.
    pub(crate) fn faults(&self) -> Vec<PasswordFault> {
        let no_concurrency = (self.concurrency == Some(0)).then_some(PasswordFault::NoConcurrency);
        self.params()
            .err()
            .into_iter()
            .chain(no_concurrency)
            .collect()
    }

    /// How many hashes at once, and how many logins may wait.
    pub(super) fn permits(&self) -> (usize, usize) {
        let running = self
            .concurrency
            .unwrap_or_else(|| available_parallelism().map_or(1, NonZeroUsize::get));
        // At 20 ms each, the last one in the queue waits for about two thirds of a second. Some clients give up
        // soon after, and waiting requests use memory.
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
