//! Canonical base64url without padding (RFC 7515 section 2).

#[cfg(all(
    any(target_arch = "x86_64", target_arch = "aarch64"),
    target_endian = "little"
))]
use std::sync::LazyLock;

use base64::{Engine, decoded_len_estimate};

/// Uses the vector instructions that the processor has.
#[cfg(all(
    any(target_arch = "x86_64", target_arch = "aarch64"),
    target_endian = "little"
))]
static DECODER: LazyLock<base64::engine::Simd> =
    LazyLock::new(|| base64::engine::Simd::url_safe(base64::engine::general_purpose::NO_PAD));

#[cfg(not(all(
    any(target_arch = "x86_64", target_arch = "aarch64"),
    target_endian = "little"
)))]
static DECODER: base64::engine::GeneralPurpose = base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// The standard alphabet, padding, white space and non-zero trailing bits are refused, so that a token has
/// only one encoding.
pub(super) fn decode(text: &str) -> Option<Vec<u8>> {
    // `decode` allocates zeroed memory, which takes longer than memory that is filled with zeros afterwards:
    // allocators reuse small blocks only for the latter.
    let mut decoded = Vec::with_capacity(decoded_len_estimate(text.len()));
    DECODER.decode_vec(text, &mut decoded).ok()?;
    Some(decoded)
}

#[cfg(test)]
mod tests {
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn base64url_is_decoded_only_if_it_is_canonical_at_every_length() {
        // Long texts are decoded in blocks, short ones and the rest character by character.
        for length in 0..200_u8 {
            let bytes: Vec<u8> = (0..length).map(|byte| byte.wrapping_mul(37)).collect();
            let text = URL_SAFE_NO_PAD.encode(&bytes);
            assert_eq!(decode(&text).as_deref(), Some(&*bytes));
            for bad in ["=", "+", "/", " ", "\n", "\0", "é"] {
                assert_eq!(decode(&format!("{text}{bad}")), None, "{text}{bad}");
                assert_eq!(decode(&format!("{bad}{text}")), None, "{bad}{text}");
            }
            for position in 0..text.len() {
                let (before, after) = text.split_at(position);
                let after = after.get(1..).unwrap();
                for bad in ["=", "+", "/", " ", ".", "é"] {
                    assert_eq!(decode(&format!("{before}{bad}{after}")), None);
                }
            }
        }
    }

    #[test]
    fn base64url_with_trailing_bits_is_refused_at_every_length() {
        for length in (1..200).filter(|length| length % 3 != 0) {
            let text = URL_SAFE_NO_PAD.encode(vec![0; length]);
            assert!(decode(&text).is_some());
            let (front, _) = text.split_at(text.len() - 1);
            assert_eq!(decode(&format!("{front}B")), None, "{front}B");
        }
    }

    proptest! {
        #[test]
        fn base64url_is_decoded_as_by_the_engine_without_vector_instructions(
            text in "[A-Za-z0-9_-]{0,300}[A-Za-z0-9+/=_. -]{0,3}"
        ) {
            prop_assert_eq!(decode(&text), URL_SAFE_NO_PAD.decode(&text).ok());
        }
    }
}
