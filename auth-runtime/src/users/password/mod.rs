//! PASSWORD -> right or wrong: the only module that computes password hashes, at most a few at once.

mod blocking;
mod fault;
mod hashing;
mod padding;
mod stored;
mod verifier;

pub use fault::PasswordFault;
pub use hashing::PasswordHashing;
pub(crate) use stored::StoredHash;
pub(crate) use verifier::{NoVerdict, PasswordVerdict, PasswordVerifier};

#[cfg(test)]
mod tests;
