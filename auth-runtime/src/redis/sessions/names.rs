//! Names in keys. They have a fixed length and only hexadecimal digits, whatever an issuer or a subject contains.

use std::fmt::Write;

use sha2::{Digest, Sha256};

/// The name of the generation of an issuer.
pub(super) fn of_issuer(issuer: &str) -> String {
    hashed("issuer", &[issuer])
}

/// The name of the generation of a subject, and of the index of its sessions.
pub(super) fn of_subject(issuer: &str, subject: &str) -> String {
    hashed("subject", &[issuer, subject])
}

/// The name of the generation of a session at the provider.
pub(super) fn of_provider(issuer: &str, provider_session_id: &str) -> String {
    hashed("provider", &[issuer, provider_session_id])
}

/// With the length of each part, so that no two lists of parts have the same name.
fn hashed(kind: &str, parts: &[&str]) -> String {
    let mut hash = Sha256::new_with_prefix(kind);
    for part in parts {
        hash.update(part.len().to_be_bytes());
        hash.update(part);
    }
    hex(&hash.finalize())
}

pub(super) fn hex(bytes: &[u8]) -> String {
    let mut hex = String::with_capacity(2 * bytes.len());
    for byte in bytes {
        // Writing to a `String` does not fail.
        let _ = write!(hex, "{byte:02x}");
    }
    hex
}

/// The bytes of a digest that [`hex`] wrote.
pub(super) fn digest(hex: &str) -> Option<[u8; 32]> {
    let mut digest = [0; 32];
    if hex.len() != 2 * digest.len() {
        return None;
    }
    for (position, byte) in digest.iter_mut().enumerate() {
        let digits = hex.get(2 * position..2 * position + 2)?;
        *byte = u8::from_str_radix(digits, 16).ok()?;
    }
    Some(digest)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn no_two_pairs_share_a_key_in_redis() {
        let names = ["", "a", "b", "ab", "ba", "a:b", "issuer", "\0", "\0\0"];
        let mut seen = BTreeSet::new();
        for one in names {
            assert!(seen.insert(of_issuer(one)));
            for two in names {
                assert!(seen.insert(of_subject(one, two)), "{one:?} {two:?}");
                assert!(seen.insert(of_provider(one, two)), "{one:?} {two:?}");
            }
        }
    }

    #[test]
    fn a_session_digest_survives_its_key_in_redis() {
        let bytes: [u8; 32] = std::array::from_fn(|position| u8::try_from(position * 8).unwrap());
        assert_eq!(digest(&hex(&bytes)), Some(bytes));
        for wrong in [
            "",
            "00",
            &"0".repeat(63),
            &"g".repeat(64),
            &"ä".repeat(32),
            &"0".repeat(65),
        ] {
            assert_eq!(digest(wrong), None, "{wrong}");
        }
    }
}
