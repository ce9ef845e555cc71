//! A stored hash: parsing its PHC string, checking its cost, and verifying a password with it.

use std::hint::black_box;

use argon2::{Argon2, Version};
use pbkdf2::pbkdf2_hmac;
use pbkdf2::sha2::{Sha256, Sha512};
use phc::{Output, ParamsString, PasswordHash, Salt};
use zeroize::Zeroizing;

use super::PasswordFault;

/// The memory of the first recommended option of RFC 9106 section 4.
const MEMORY_LIMIT: u64 = 2 * 1024 * 1024 * 1024;
/// The maximum number of passes over all of that memory: about ten seconds of one processor.
const PASSES_LIMIT: u64 = 8;
/// Also several seconds of one processor.
const ROUNDS_LIMIT: u32 = 10_000_000;

const KIB: u64 = 1024;

/// The hash of a password as it is stored.
pub(crate) struct StoredHash {
    function: Function,
    salt: Salt,
    output: Output,
}

/// The hash function, with parameters within the bounds.
enum Function {
    Argon2 {
        variant: argon2::Algorithm,
        version: Version,
        costs: Argon2Costs,
    },
    Scrypt(scrypt::Params),
    Pbkdf2 {
        digest: Digest,
        rounds: u32,
    },
}

enum Digest {
    Sha256,
    Sha512,
}

/// The algorithm of a hash, as far as it determines how long a unit of work takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum HashAlgorithm {
    /// It is faster with less memory, which may fit into a cache.
    Argon2 {
        memory_kib: u32,
    },
    Scrypt,
    Pbkdf2Sha256,
    Pbkdf2Sha512,
}

/// Costs of Argon2, within the bounds.
#[derive(Clone, Copy)]
pub(super) struct Argon2Costs {
    pub(super) memory_kib: u32,
    pub(super) iterations: u32,
    pub(super) lanes: u32,
}

/// The cost of a hash, in octets.
#[derive(Clone, Copy)]
struct HashCost {
    memory: u64,
    /// The memory over all passes.
    work: u64,
}

impl HashCost {
    fn is_within(self, memory: u64) -> bool {
        self.memory <= memory && self.work <= memory.saturating_mul(PASSES_LIMIT)
    }
}

impl Argon2Costs {
    /// `None` if the costs are above the bounds.
    pub(super) fn bounded(self) -> Option<Self> {
        self.hash_cost().is_within(MEMORY_LIMIT).then_some(self)
    }

    fn hash_cost(self) -> HashCost {
        HashCost {
            memory: u64::from(self.memory_kib) * KIB,
            work: self.work().saturating_mul(KIB),
        }
    }

    /// The memory in KiB over all iterations.
    pub(super) fn work(self) -> u64 {
        u64::from(self.memory_kib) * u64::from(self.iterations)
    }

    /// `None` if the costs are invalid for Argon2 (RFC 9106 section 3.1).
    pub(super) fn params(self, output: usize) -> Option<argon2::Params> {
        // The check in `Params::new` multiplies in 32 bits, which may overflow.
        if self.lanes > self.memory_kib / 8 {
            return None;
        }
        argon2::Params::new(self.memory_kib, self.iterations, self.lanes, Some(output)).ok()
    }

    /// Computes hashes with this memory: `work` KiB over all passes, or up to 7 KiB less.
    pub(super) fn spend(self, work: u64, password: &[u8]) -> Result<(), PasswordFault> {
        let memory = u64::from(self.memory_kib);
        let passes = work.checked_div(memory).unwrap_or(0);
        let rest = work.checked_rem(memory).unwrap_or(0);
        for (memory, passes) in [(memory, passes), (rest, 1)] {
            let costs = Self {
                memory_kib: u32::try_from(memory).unwrap_or(u32::MAX),
                iterations: u32::try_from(passes).unwrap_or(u32::MAX),
                lanes: 1,
            };
            let mut output = Zeroizing::new([0; 32]);
            // Too little work for Argon2.
            if costs.params(output.len()).is_none() {
                continue;
            }
            let variant = argon2::Algorithm::Argon2id;
            costs.compute(variant, Version::V0x13, password, &[0; 16], &mut *output)?;
            // Otherwise the compiler might remove the computation.
            black_box(&output);
        }
        Ok(())
    }

    fn compute(
        self,
        variant: argon2::Algorithm,
        version: Version,
        password: &[u8],
        salt: &[u8],
        output: &mut [u8],
    ) -> Result<(), PasswordFault> {
        let params = self.params(output.len()).ok_or(PasswordFault::Parameters)?;
        #[cfg(test)]
        WORK.set(WORK.get() + self.work());
        Argon2::new(variant, version, params)
            .hash_password_into(password, salt, output)
            .map_err(|error| match error {
                argon2::Error::OutOfMemory => PasswordFault::OutOfMemory,
                _ => PasswordFault::Parameters,
            })
    }
}

#[cfg(test)]
thread_local! {
    /// How much work of Argon2 this thread has done: KiB over all passes.
    pub(super) static WORK: std::cell::Cell<u64> = const { std::cell::Cell::new(0) };
}

impl StoredHash {
    pub(crate) fn parse(text: &str) -> Result<Self, PasswordFault> {
        if let Some(name) = other_format(text) {
            return Err(PasswordFault::OtherFormat(name));
        }
        let phc = PasswordHash::new(text).map_err(|_| PasswordFault::NotPhc)?;
        let (Some(salt), Some(output)) = (phc.salt, phc.hash) else {
            return Err(PasswordFault::NotPhc);
        };
        let function = match phc.algorithm.as_str() {
            "argon2id" => argon2(argon2::Algorithm::Argon2id, &phc, &output)?,
            "argon2i" => argon2(argon2::Algorithm::Argon2i, &phc, &output)?,
            "argon2d" => argon2(argon2::Algorithm::Argon2d, &phc, &output)?,
            _ if phc.version.is_some() => return Err(PasswordFault::UnknownAlgorithm),
            "scrypt" => scrypt(&phc.params)?,
            "pbkdf2-sha256" => pbkdf2(Digest::Sha256, &phc.params, &output)?,
            "pbkdf2-sha512" => pbkdf2(Digest::Sha512, &phc.params, &output)?,
            _ => return Err(PasswordFault::UnknownAlgorithm),
        };
        Ok(Self {
            function,
            salt,
            output,
        })
    }

    /// Whether this is the hash of `password`. A wrong password takes as long as the right one.
    pub(crate) fn verify(&self, password: &[u8]) -> Result<bool, PasswordFault> {
        let mut computed = Zeroizing::new([0; Output::MAX_LENGTH]);
        let Some(computed) = computed.get_mut(..self.output.len()) else {
            return Err(PasswordFault::Parameters);
        };
        match &self.function {
            Function::Argon2 {
                variant,
                version,
                costs,
            } => costs.compute(*variant, *version, password, &self.salt, computed)?,
            Function::Scrypt(params) => scrypt::scrypt(password, &self.salt, params, computed)
                .map_err(|_| PasswordFault::Parameters)?,
            Function::Pbkdf2 {
                digest: Digest::Sha256,
                rounds,
            } => pbkdf2_hmac::<Sha256>(password, &self.salt, *rounds, computed),
            Function::Pbkdf2 {
                digest: Digest::Sha512,
                rounds,
            } => pbkdf2_hmac::<Sha512>(password, &self.salt, *rounds, computed),
        }
        // `Output` is compared in constant time.
        Output::new(computed)
            .map(|computed| computed == self.output)
            .map_err(|_| PasswordFault::Parameters)
    }

    /// Returns an error if the hash needs more memory than `memory_kib`, or eight times that over all passes. A
    /// hash that costs at most as much as `own`, the settings, is always accepted.
    pub(super) fn within(self, memory_kib: u32, own: Argon2Costs) -> Result<Self, PasswordFault> {
        let hash_cost = match &self.function {
            Function::Argon2 { costs, .. } => costs.hash_cost(),
            Function::Scrypt(params) => scrypt_cost(params.log_n().into(), params.r(), params.p()),
            // It needs no memory, and its number of iterations is bounded.
            Function::Pbkdf2 { .. } => return Ok(self),
        };
        let own = own.hash_cost();
        let most = u64::from(memory_kib) * KIB;
        let as_own = hash_cost.memory <= own.memory && hash_cost.work <= own.work;
        if as_own || hash_cost.is_within(most) {
            Ok(self)
        } else {
            Err(PasswordFault::AboveSettings)
        }
    }

    /// The costs, if this is Argon2id of the version that [`PasswordHashing`](super::PasswordHashing) uses.
    pub(super) fn argon2id(&self) -> Option<Argon2Costs> {
        match self.function {
            Function::Argon2 {
                variant: argon2::Algorithm::Argon2id,
                version: Version::V0x13,
                costs,
            } => Some(costs),
            _ => None,
        }
    }

    pub(super) fn algorithm(&self) -> HashAlgorithm {
        match self.function {
            Function::Argon2 { costs, .. } => HashAlgorithm::Argon2 {
                memory_kib: costs.memory_kib,
            },
            Function::Scrypt(_) => HashAlgorithm::Scrypt,
            Function::Pbkdf2 {
                digest: Digest::Sha256,
                ..
            } => HashAlgorithm::Pbkdf2Sha256,
            Function::Pbkdf2 {
                digest: Digest::Sha512,
                ..
            } => HashAlgorithm::Pbkdf2Sha512,
        }
    }

    /// The work of computing it, in the unit of its algorithm: KiB over all passes, or iterations.
    pub(super) fn work(&self) -> u64 {
        match &self.function {
            Function::Argon2 { costs, .. } => costs.work(),
            Function::Scrypt(params) => {
                scrypt_cost(params.log_n().into(), params.r(), params.p()).work / KIB
            }
            Function::Pbkdf2 { digest, rounds } => {
                let block = match digest {
                    Digest::Sha256 => 32,
                    Digest::Sha512 => 64,
                };
                let blocks = self.output.len().div_ceil(block);
                u64::from(*rounds).saturating_mul(u64::try_from(blocks).unwrap_or(u64::MAX))
            }
        }
    }

    pub(super) fn salt(&self) -> &[u8] {
        &self.salt
    }

    pub(super) fn output(&self) -> &[u8] {
        self.output.as_ref()
    }
}

fn argon2(
    variant: argon2::Algorithm,
    phc: &PasswordHash,
    output: &Output,
) -> Result<Function, PasswordFault> {
    let version = match phc.version {
        // The reference implementation wrote no version at first.
        None | Some(16) => Version::V0x10,
        Some(19) => Version::V0x13,
        Some(_) => return Err(PasswordFault::UnknownAlgorithm),
    };
    let [memory_kib, iterations, lanes] = parameters(&phc.params, ["m", "t", "p"])?;
    let costs = Argon2Costs {
        memory_kib: memory_kib.ok_or(PasswordFault::Parameters)?,
        iterations: iterations.ok_or(PasswordFault::Parameters)?,
        lanes: lanes.ok_or(PasswordFault::Parameters)?,
    };
    let costs = costs.bounded().ok_or(PasswordFault::TooCostly)?;
    costs
        .params(output.len())
        .ok_or(PasswordFault::Parameters)?;
    Ok(Function::Argon2 {
        variant,
        version,
        costs,
    })
}

fn scrypt(params: &ParamsString) -> Result<Function, PasswordFault> {
    let [log_n, r, p] = parameters(params, ["ln", "r", "p"])?;
    let (Some(log_n), Some(r), Some(p)) = (log_n, r, p) else {
        return Err(PasswordFault::Parameters);
    };
    if !scrypt_cost(log_n, r, p).is_within(MEMORY_LIMIT) {
        return Err(PasswordFault::TooCostly);
    }
    let log_n = u8::try_from(log_n).map_err(|_| PasswordFault::Parameters)?;
    scrypt::Params::new(log_n, r, p)
        .map(Function::Scrypt)
        .map_err(|_| PasswordFault::Parameters)
}

fn scrypt_cost(log_n: u32, r: u32, p: u32) -> HashCost {
    let block = u64::from(r) * 128;
    let lanes = block.saturating_mul(u64::from(p));
    let memory = 1_u64
        .checked_shl(log_n)
        .map_or(u64::MAX, |n| n.saturating_mul(block));
    HashCost {
        memory: memory.saturating_add(lanes),
        // Each block is written once and read once.
        work: memory.saturating_mul(u64::from(p)).saturating_mul(2),
    }
}

fn pbkdf2(
    digest: Digest,
    params: &ParamsString,
    output: &Output,
) -> Result<Function, PasswordFault> {
    let [rounds, length] = parameters(params, ["i", "l"])?;
    let rounds = rounds.ok_or(PasswordFault::Parameters)?;
    if rounds > ROUNDS_LIMIT {
        return Err(PasswordFault::TooCostly);
    }
    let length_fits = length.is_none_or(|length| usize::try_from(length) == Ok(output.len()));
    if rounds == 0 || !length_fits {
        return Err(PasswordFault::Parameters);
    }
    Ok(Function::Pbkdf2 { digest, rounds })
}

/// The numbers with these names, in any order, each at most once, and nothing else.
fn parameters<const N: usize>(
    params: &ParamsString,
    names: [&str; N],
) -> Result<[Option<u32>; N], PasswordFault> {
    let mut values = [None; N];
    for (name, value) in params.iter() {
        let mut slots = names.iter().zip(&mut values);
        let (_, slot) = slots
            .find(|(known, _)| **known == name.as_str())
            .ok_or(PasswordFault::Parameters)?;
        let value = value.decimal().map_err(|_| PasswordFault::Parameters)?;
        if slot.replace(value).is_some() {
            return Err(PasswordFault::Parameters);
        }
    }
    Ok(values)
}

/// The formats that a password file of another program may have.
fn other_format(text: &str) -> Option<&'static str> {
    const FORMATS: [(&str, &str); 15] = [
        ("$2a$", "bcrypt"),
        ("$2b$", "bcrypt"),
        ("$2x$", "bcrypt"),
        ("$2y$", "bcrypt"),
        ("$apr1$", "Apache's MD5"),
        ("$1$", "MD5"),
        ("$5$", "SHA-256 crypt"),
        ("$6$", "SHA-512 crypt"),
        ("$7$", "scrypt in crypt's form"),
        ("$y$", "yescrypt"),
        ("$gy$", "yescrypt"),
        ("{SHA}", "plain SHA-1"),
        ("{SSHA}", "salted SHA-1"),
        ("pbkdf2_sha256$", "PBKDF2 in Django's form"),
        ("pbkdf2_sha1$", "PBKDF2 in Django's form"),
    ];
    let known = FORMATS.iter().find(|(start, _)| text.starts_with(start));
    known.map(|(_, name)| *name).or_else(|| {
        // `$pbkdf2-sha256$29000$..`: the iterations have no name.
        let mut fields = text.strip_prefix("$pbkdf2")?.split('$');
        let iterations = fields.nth(1)?;
        let bare = !iterations.is_empty() && iterations.bytes().all(|byte| byte.is_ascii_digit());
        (bare && fields.count() == 2).then_some("PBKDF2 in passlib's form")
    })
}
