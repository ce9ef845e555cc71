//! Password hashes: computes and verifies them, a limited number at once. No other module does.

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
