//! The text of an API key: `<label>_<id>_<secret><checksum>`.
//!
//! | part | |
//! |---|---|
//! | label | 1 to 16 lower-case letters and digits. It shows people and secret scanners what kind of key it is |
//! | id | 12 base62 characters. Label and id are the public prefix |
//! | secret | 43 base62 characters, which are 256 bits |
//! | checksum | 6 base62 characters: the CRC-32 of everything before it. It detects typing errors without a look-up, and is not a protection against attackers |

/// The digits of base62 by their values.
pub(crate) const DIGITS: &[u8; 62] =
    b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
pub(crate) const ID: usize = 12;
pub(crate) const SECRET: usize = 43;
const CHECKSUM: usize = 6;
const LABEL: usize = 16;

/// The maximum length of a key.
pub(crate) const MAX_LENGTH: usize = LABEL + 1 + ID + 1 + SECRET + CHECKSUM;

/// The prefix of the key; `None` if `text` is not a well-formed key.
pub(crate) fn prefix(text: &[u8]) -> Option<&str> {
    if text.len() > MAX_LENGTH {
        return None;
    }
    let text = std::str::from_utf8(text).ok()?;
    let (prefix, secret) = text.rsplit_once('_')?;
    let (label, id) = prefix.split_once('_')?;
    let well_formed = is_label(label) && is_base62(id, ID) && is_base62(secret, SECRET + CHECKSUM);
    let (covered, stated) = text.split_at_checked(text.len().checked_sub(CHECKSUM)?)?;
    (well_formed && checksum(covered) == stated).then_some(prefix)
}

pub(crate) fn is_label(text: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    (1..=LABEL).contains(&text.len()) && text.bytes().all(allowed)
}

fn is_base62(text: &str, length: usize) -> bool {
    text.len() == length && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// The checksum of a key that begins with `text`.
pub(crate) fn checksum(text: &str) -> String {
    let mut rest = crc32(text.as_bytes());
    let mut digits = [b'0'; CHECKSUM];
    for digit in digits.iter_mut().rev() {
        *digit = digit_of(rest % 62);
        rest /= 62;
    }
    digits.into_iter().map(char::from).collect()
}

fn digit_of(value: u32) -> u8 {
    let digit = usize::try_from(value)
        .ok()
        .and_then(|value| DIGITS.get(value));
    digit.copied().unwrap_or(b'0')
}

/// CRC-32/ISO-HDLC, as in gzip and PNG. A slow implementation is enough: cached keys are not checked.
fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
            let subtract = (crc & 1).wrapping_neg();
            (crc >> 1) ^ (0xEDB8_8320 & subtract)
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(label: &str, id: &str, secret: &str) -> String {
        let text = format!("{label}_{id}_{secret}");
        let checksum = checksum(&text);
        format!("{text}{checksum}")
    }

    fn good() -> String {
        key("ak", &"i".repeat(ID), &"S".repeat(SECRET))
    }

    #[test]
    fn the_checksum_of_an_api_key_is_crc_32() {
        // The check value of CRC-32/ISO-HDLC.
        assert_eq!(crc32(b"123456789"), 0xCBF4_3926);
        assert_eq!(crc32(b""), 0);
        // 0xCBF43926 = 3421780262 in base62.
        assert_eq!(checksum("123456789"), "3jZRME");
    }

    #[test]
    fn an_api_key_begins_with_its_prefix() {
        assert_eq!(prefix(good().as_bytes()), Some("ak_iiiiiiiiiiii"));
        let long = key(&"a0".repeat(8), &"9".repeat(ID), &"z".repeat(SECRET));
        assert_eq!(long.len(), MAX_LENGTH);
        assert_eq!(
            prefix(long.as_bytes()),
            Some("a0a0a0a0a0a0a0a0_999999999999")
        );
    }

    #[test]
    fn the_checksum_detects_every_single_changed_character() {
        let good = good();
        for position in 0..good.len() {
            for byte in 0..=u8::MAX {
                let mut changed = good.clone().into_bytes();
                if std::mem::replace(&mut changed[position], byte) != byte {
                    assert_eq!(prefix(&changed), None, "{position} {byte}");
                }
            }
            let mut shorter = good.clone();
            shorter.remove(position);
            assert_eq!(prefix(shorter.as_bytes()), None, "{position}");
            let mut longer = good.clone();
            longer.insert(position, 'i');
            assert_eq!(prefix(longer.as_bytes()), None, "{position}");
        }
        let swapped: String = good.chars().rev().collect();
        assert_eq!(prefix(swapped.as_bytes()), None);
    }

    #[test]
    fn an_api_key_of_another_form_is_refused_even_with_a_valid_checksum() {
        let (id, secret) = ("i".repeat(ID), "S".repeat(SECRET));
        for other in [
            key("", &id, &secret),
            key("AK", &id, &secret),
            key("a-k", &id, &secret),
            key("a_k", &id, &secret),
            key("ä", &id, &secret),
            key(&"a".repeat(LABEL + 1), &id, &secret),
            key("ak", &id[1..], &secret),
            key("ak", &format!("{id}i"), &secret),
            key("ak", &format!("{}-", &id[1..]), &secret),
            key("ak", &id, &secret[1..]),
            key("ak", &id, &format!("{secret}S")),
            key("ak", &id, &format!("{}_", &secret[1..])),
            key("ak", &id, &format!("{}é", &secret[2..])),
            format!(" {}", good()),
            format!("{}\n", good()),
            "_".to_owned(),
            "__".to_owned(),
            String::new(),
        ] {
            assert_eq!(prefix(other.as_bytes()), None, "{other:?}");
        }
    }
}
