//! What can be wrong with a password hash or with the settings for one.

/// Why a password can't be hashed, or can't be compared with a stored hash. Holds no piece of
/// either.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PasswordFault {
    /// The settings are none of Argon2id's (RFC 9106 section 3.1), or above the
    /// [bounds](crate::users::PasswordHashing#bounds).
    #[error(
        "Argon2id needs at least one iteration, one lane and 8 KiB for each lane, and takes \
        at most 2 GiB, and 16 GiB over all iterations"
    )]
    Settings,
    /// No hash may be computed at any time.
    #[error("the concurrency of password hashing is 0: no password would ever be verified")]
    NoConcurrency,
    /// The stored text is no PHC string with a salt of 8 octets or more and a hash of 10 or more.
    #[error(
        "not a PHC string such as `$argon2id$v=19$m=19456,t=2,p=1$..$..`: make one with \
        `PasswordHashing::hash`"
    )]
    NotPhc,
    /// The stored text is a hash of another format; holds its name.
    #[error(
        "a hash of {0}, which is not verified here: give the user a new password and \
        store what `PasswordHashing::hash` makes of it"
    )]
    OtherFormat(&'static str),
    /// The PHC string names an algorithm or a version that is not verified here.
    #[error(
        "an unknown algorithm or version: the ones verified are argon2id, argon2i and \
        argon2d (version 16 or 19), scrypt, pbkdf2-sha256 and pbkdf2-sha512"
    )]
    UnknownAlgorithm,
    /// The parameters in the PHC string are missing, doubled, unknown or out of range.
    #[error(
        "wrong parameters: argon2 takes `m=..,t=..,p=..`, scrypt `ln=..,r=..,p=..`, pbkdf2 \
        `i=..`, and the length of its hash as `l=..` if at all"
    )]
    Parameters,
    /// The PHC string asks for more memory or time than the
    /// [bounds](crate::users::PasswordHashing#bounds) allow.
    #[error(
        "the hash asks for more than 2 GiB of memory, or for more than 16 GiB over all \
        iterations, or for more than 10,000,000 iterations of PBKDF2"
    )]
    TooCostly,
    /// The PHC string asks for more than
    /// [`most_memory_kib`](crate::users::PasswordHashing::most_memory_kib) allows.
    #[error(
        "the hash asks for more memory, or more of it over all iterations, than \
        `PasswordHashing::most_memory_kib` allows: raise that, or give the user a new \
        password"
    )]
    AboveSettings,
    /// The memory that the hash needs was not to be had.
    #[error("the memory for hashing a password was not to be had")]
    OutOfMemory,
    /// The operating system gave no random octets.
    #[error("the operating system gave no random octets")]
    NoRandomness,
}
