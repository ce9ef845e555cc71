//! Signatures by AWS-LC.

mod sign;
mod verify;

use aws_lc_rs::digest;
use jsonwebtoken::jwk::ThumbprintHash;

pub(super) use self::sign::Signer;
pub(super) use self::verify::Verifier;

/// None for a hash that this version does not know.
pub(super) fn digest(hash: &ThumbprintHash, data: &[u8]) -> Option<Vec<u8>> {
    let algorithm = match hash {
        ThumbprintHash::SHA256 => &digest::SHA256,
        ThumbprintHash::SHA384 => &digest::SHA384,
        ThumbprintHash::SHA512 => &digest::SHA512,
        _ => return None,
    };
    Some(digest::digest(algorithm, data).as_ref().to_vec())
}

/// None if the operating system provides no random octets.
pub(super) fn fill_random(octets: &mut [u8]) -> Option<()> {
    aws_lc_rs::rand::fill(octets).ok()
}
