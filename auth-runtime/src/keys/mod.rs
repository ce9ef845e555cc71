//! Keys that verify signatures: where they come from, and what each of them may verify. Also
//! keys that sign, for tokens that this process issues.
//!
//! 1. A key is checked when the application starts, never when a token arrives. Strength, curve and form are the
//!    same for PEM, DER and JWK and on both back ends, with one exception for Ed25519 keys that are not on the
//!    curve. All errors are reported together.
//! 2. The token never chooses the algorithm. A key's type, size and JWK members say what it can do; the
//!    configuration can only narrow that.
//! 3. Keys are found by `kid` in one step. Where a token names none, a handful of keys is tried, never a long
//!    list.
//!
//! The back end follows this crate's own features and is called directly. It neither needs nor changes the
//! process-wide back end of jsonwebtoken, which is the application's choice.

mod algorithm;
#[cfg(feature = "aws-lc-rs")]
mod aws_lc;
mod build;
mod crypto_provider;
mod current;
mod der;
mod edwards;
mod fault;
mod hmac_secret;
mod jwk;
mod key;
mod key_material;
mod key_set;
mod mac_key;
#[cfg(not(any(feature = "aws-lc-rs", feature = "rust-crypto")))]
mod no_backend;
mod pem;
mod remote;
mod replaceable;
mod roca;
#[cfg(all(feature = "rust-crypto", not(feature = "aws-lc-rs")))]
mod rust_crypto;
pub(crate) mod signing;
mod source;
mod spki;
mod state;
#[cfg(test)]
mod tests;
mod verifier;

#[cfg(feature = "aws-lc-rs")]
use self::aws_lc as backend;
#[cfg(not(any(feature = "aws-lc-rs", feature = "rust-crypto")))]
use self::no_backend as backend;
#[cfg(all(feature = "rust-crypto", not(feature = "aws-lc-rs")))]
use self::rust_crypto as backend;

#[cfg(not(any(feature = "aws-lc-rs", feature = "rust-crypto")))]
compile_error!(
    "auth-runtime needs one back end for signatures: keep the default features, or add \
     `features = [\"aws-lc-rs\"]` (fast, needs a C toolchain) or `features = [\"rust-crypto\"]` \
     (pure Rust)"
);

pub use self::algorithm::Algorithm;
pub use self::crypto_provider::jsonwebtoken_provider;
pub(crate) use self::current::{Keys, UnstartedKeys};
pub use self::fault::{KeyFault, KeyProblem};
pub use self::key::Key;
pub(crate) use self::key_set::SignatureError;
pub(crate) use self::mac_key::MacKey;
pub use self::remote::KeyRefresh;
pub(crate) use self::remote::{
    FirstSeen, JwksLocation, JwksLocationFault, RemoteSettings, WantedKey, is_metadata_address,
};
pub(crate) use self::replaceable::ReplaceableKeys;
pub use self::signing::{HmacSecret, IssuerKey, SigningKey};
pub(crate) use self::signing::{IssuerKeys, random_octets};
pub(crate) use self::source::KeySource;
pub(crate) use self::state::{KeyCoolDown, KeysUnavailable};

/// The SHA-256 digest of `data`.
pub(crate) fn sha256(data: &[u8]) -> Option<[u8; 32]> {
    let hash = jsonwebtoken::jwk::ThumbprintHash::SHA256;
    backend::digest(&hash, data)?.try_into().ok()
}
