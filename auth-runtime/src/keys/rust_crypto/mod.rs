//! Signatures by the RustCrypto crates.

mod sign;
mod verify;

use jsonwebtoken::jwk::ThumbprintHash;
use sha2::{Digest as _, Sha256, Sha384, Sha512};

pub(super) use self::sign::Signer;
pub(super) use self::verify::Verifier;

/// None for a hash that this version does not know.
pub(super) fn digest(hash: &ThumbprintHash, data: &[u8]) -> Option<Vec<u8>> {
    match hash {
        ThumbprintHash::SHA256 => Some(Sha256::digest(data).to_vec()),
        ThumbprintHash::SHA384 => Some(Sha384::digest(data).to_vec()),
        ThumbprintHash::SHA512 => Some(Sha512::digest(data).to_vec()),
        _ => None,
    }
}

/// None if the operating system provides no random octets.
pub(super) fn fill_random(octets: &mut [u8]) -> Option<()> {
    getrandom::fill(octets).ok()
}
