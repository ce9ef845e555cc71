//! The faults of password hashes and of hashing settings.

/// Why a password can't be hashed, or can't be compared with a stored hash. It contains no part of either.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PasswordFault {
    /// The settings are invalid for Argon2id (RFC 9106 section 3.1), or above the
    /// [bounds](crate::users::PasswordHashing#bounds).
    #[error(
        "Argon2id needs at least one iteration, one lane and 8 KiB for each lane; the limits are \
        2 GiB of memory, and 16 GiB over all iterations"
    )]
    Settings,
    /// The number of concurrent hashes is zero.
    #[error("the concurrency of password hashing is 0: no password would ever be verified")]
    NoConcurrency,
    /// The stored text is not a PHC string with a salt of at least 8 octets and a hash of at least 10.
    #[error(
        "not a PHC string such as `$argon2id$v=19$m=19456,t=2,p=1$..$..`: make one with \
        `PasswordHashing::hash`"
    )]
    NotPhc,
    /// The stored text is a hash of another format; holds its name.
    #[error(
        "a hash of {0}, which is not supported: set a new password, and store the result of \
        `PasswordHashing::hash`"
    )]
    OtherFormat(&'static str),
    /// The PHC string has an algorithm or a version that is not supported.
    #[error(
        "an unknown algorithm or version: the supported ones are argon2id, argon2i and argon2d \
        (version 16 or 19), scrypt, pbkdf2-sha256 and pbkdf2-sha512"
    )]
    UnknownAlgorithm,
    /// The parameters in the PHC string are missing, repeated, unknown or out of range.
    #[error(
        "invalid parameters: argon2 has `m=..,t=..,p=..`, scrypt `ln=..,r=..,p=..`, and pbkdf2 `i=..` \
        and optionally `l=..`, the length of its hash"
    )]
    Parameters,
    /// The PHC string requires more memory or time than the
    /// [bounds](crate::users::PasswordHashing#bounds) allow.
    #[error(
        "the hash requires more than 2 GiB of memory, or more than 16 GiB over all iterations, or more \
        than 10,000,000 iterations of PBKDF2"
    )]
    TooCostly,
    /// The PHC string requires more than
    /// [`most_memory_kib`](crate::users::PasswordHashing::most_memory_kib) allows.
    #[error(
        "the hash requires more memory, at once or over all iterations, than \
        `PasswordHashing::most_memory_kib` allows: raise this setting, or set a new password"
    )]
    AboveSettings,
    /// The memory for the hash could not be allocated.
    #[error("could not allocate memory to hash a password")]
    OutOfMemory,
    /// The operating system returned no random octets.
    #[error("the operating system returned no random octets")]
    NoRandomness,
}
