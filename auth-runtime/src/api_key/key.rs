//! An API key itself.

use std::fmt;
use std::str::FromStr;

use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::api_key::parse::{DIGITS, ID, MAX_LENGTH, SECRET, checksum, prefix};
use crate::api_key::store::ApiKeyDigest;
use crate::box_error::BoxError;

/// The whole text of an API key, which is a secret. It is shown once, to its owner, and stored
/// nowhere.
///
/// A key consists of a label, a public id, a secret of 256 random bits and a checksum:
/// `ak_5Ze8GDpPmSCd_` and 49 more characters. The part before the secret is the
/// [`prefix`](Self::prefix), the public name of the key. The memory of a key is overwritten when it
/// is dropped. `Debug` shows only the prefix.
///
/// A key from a configuration is read with [`str::parse`]:
///
/// ```
/// use std::time::SystemTime;
/// use auth_runtime::ApiKeys;
/// use auth_runtime::api_key::{ApiKey, ApiKeyRecord, MemoryApiKeys};
///
/// # fn main() -> Result<(), auth_runtime::BoxError> {
/// let text = "ak_5Ze8GDpPmSCd_B0aFJX0dVUJd0Yy1yRXbpBbVmXlnnQIJZ5cVdkbGNiN2eBNF5";
/// let key: ApiKey = text.parse()?;
/// let record = ApiKeyRecord::new(key.prefix(), key.digest(), "alice", SystemTime::now());
/// let keys = ApiKeys::new(MemoryApiKeys::with_keys([record])?);
/// # let _ = keys;
/// # Ok(())
/// # }
/// ```
pub struct ApiKey(Zeroizing<String>);

impl ApiKey {
    pub(super) fn generate(label: &str) -> Result<Self, BoxError> {
        // Large enough for any key, so that no reallocation leaves a part of it in memory.
        let mut text = Zeroizing::new(String::with_capacity(MAX_LENGTH));
        text.push_str(label);
        for length in [ID, SECRET] {
            text.push('_');
            push_random(&mut text, length)?;
        }
        let checksum = checksum(&text);
        text.push_str(&checksum);
        Ok(Self(text))
    }

    /// The whole text, to be given to the owner.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// The public part, which identifies the key in logs and for administration:
    /// `ak_5Ze8GDpPmSCd`.
    #[must_use]
    pub fn prefix(&self) -> &str {
        self.0.rsplit_once('_').map_or("", |(prefix, _)| prefix)
    }

    /// The SHA-256 digest of the key, which a store keeps instead of it.
    #[must_use]
    pub fn digest(&self) -> ApiKeyDigest {
        digest(self.0.as_bytes())
    }
}

pub(super) fn digest(text: &[u8]) -> ApiKeyDigest {
    ApiKeyDigest::from_bytes(Sha256::digest(text).into())
}

/// Appends `length` digits of base62, all equally likely.
fn push_random(text: &mut String, length: usize) -> Result<(), BoxError> {
    let mut random = Zeroizing::new([0; 64]);
    let mut missing = length;
    while missing > 0 {
        getrandom::fill(random.as_mut_slice())?;
        // Two of the 64 values of six bits are not digits and are skipped.
        let digits = random
            .iter()
            .filter_map(|byte| DIGITS.get(usize::from(byte & 0x3F)));
        for digit in digits.take(missing) {
            text.push(char::from(*digit));
            missing -= 1;
        }
    }
    Ok(())
}

impl FromStr for ApiKey {
    type Err = MalformedApiKey;

    fn from_str(text: &str) -> Result<Self, MalformedApiKey> {
        match prefix(text.as_bytes()) {
            Some(_) => Ok(Self(Zeroizing::new(text.to_owned()))),
            None => Err(MalformedApiKey(())),
        }
    }
}

impl fmt::Debug for ApiKey {
    /// Shows only the prefix.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "ApiKey({}_[redacted])", self.prefix())
    }
}

/// The error if a text is not an API key: it has another format, a typing error, or is incomplete.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an API key, or an API key with a typing error")]
pub struct MalformedApiKey(());

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn a_generated_api_key_is_well_formed_and_unique() {
        let keys: Vec<_> = (0..200).map(|_| ApiKey::generate("ak").unwrap()).collect();
        for key in &keys {
            assert_eq!(key.reveal().len(), "ak".len() + 1 + 12 + 1 + 43 + 6);
            assert_eq!(prefix(key.reveal().as_bytes()), Some(key.prefix()));
            let parsed: ApiKey = key.reveal().parse().unwrap();
            assert_eq!(parsed.digest(), key.digest());
        }
        let different = |part: fn(&ApiKey) -> &str| {
            let mut parts: Vec<_> = keys.iter().map(part).collect();
            parts.sort_unstable();
            parts.dedup();
            parts.len()
        };
        assert_eq!(different(ApiKey::prefix), 200);
        assert_eq!(different(|key| &key.reveal()[16..59]), 200);
    }

    /// Chi-squared over 62 digits. For a generator that takes a byte modulo 62 it is above 900.
    #[test]
    fn each_digit_of_a_generated_api_key_is_equally_likely() {
        let mut text = String::new();
        push_random(&mut text, 62_000).unwrap();
        let mut counts = BTreeMap::new();
        for digit in text.chars() {
            *counts.entry(digit).or_insert(0_u32) += 1;
        }
        assert_eq!(counts.len(), 62);
        let deviation = |count: &u32| (f64::from(*count) - 1000.0).powi(2) / 1000.0;
        let chi_squared: f64 = counts.values().map(deviation).sum();
        // Exceeded by chance once in 10^12 runs.
        assert!(chi_squared < 180.0, "{chi_squared}");
    }

    #[test]
    fn an_api_key_digest_is_sha_256_of_the_whole_key() {
        // FIPS 180-2 appendix B.1.
        let abc = digest(b"abc");
        assert_eq!(abc.as_bytes()[..4], [0xba, 0x78, 0x16, 0xbf]);
        let key = ApiKey::generate("ak").unwrap();
        assert_eq!(key.digest(), digest(key.reveal().as_bytes()));
    }

    #[test]
    fn debug_output_of_an_api_key_shows_only_its_prefix() {
        let key = ApiKey::generate("ak").unwrap();
        let printed = format!("{key:?} {:?}", key.digest());
        assert!(printed.contains(key.prefix()));
        assert!(!printed.contains(&key.reveal()[16..]));
        let (_, secret) = key.reveal().rsplit_once('_').unwrap();
        assert!(!printed.contains(&secret[..4]));
    }

    #[test]
    fn an_api_key_with_a_typing_error_is_not_parsed() {
        let key = ApiKey::generate("ak").unwrap();
        let mut text = key.reveal().to_owned();
        let last = text.pop().unwrap();
        text.push(if last == 'a' { 'b' } else { 'a' });
        assert_eq!(text.parse::<ApiKey>().unwrap_err(), MalformedApiKey(()));
    }
}
