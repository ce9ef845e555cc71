//! Encrypts the secret of a session for the store, with XChaCha20-Poly1305 (draft-irtf-cfrg-xchacha-03).
//!
//! | octets | |
//! |---|---|
//! | 1 | the version, 1 |
//! | 1 | the length of the name of the key |
//! | .. | the name of the key |
//! | 24 | a random nonce |
//! | .. | the ciphertext with its tag |
//!
//! The associated data are everything before the nonce, the purpose and the digest of the session. So a value that is
//! copied to another session can't be opened there.

use std::fmt;

use chacha20poly1305::aead::{Aead as _, Payload};
use chacha20poly1305::{KeyInit as _, XChaCha20Poly1305};
use zeroize::Zeroizing;

use super::Fault;
use super::store::SessionDigest;
use crate::box_error::BoxError;
use crate::keys::random_octets;

const VERSION: u8 = 1;
const NONCE: usize = 24;
const PURPOSE: &[u8] = b"auth-runtime session secret\0";

/// The keys. The first one seals, and all of them open.
#[derive(Clone, Default)]
pub(super) struct SealingKeys(Vec<SealingKey>);

#[derive(Clone)]
struct SealingKey {
    name: String,
    /// `None` if the octets are not a key.
    cipher: Option<XChaCha20Poly1305>,
}

impl SealingKeys {
    pub(super) fn add(&mut self, name: String, key: &[u8]) {
        self.0.push(SealingKey {
            name,
            cipher: XChaCha20Poly1305::new_from_slice(key).ok(),
        });
    }

    pub(super) fn faults(&self) -> Vec<Fault> {
        let mut faults = Vec::new();
        for (index, key) in self.0.iter().enumerate() {
            if key.cipher.is_none() {
                faults.push(Fault::SealingKey(key.name.clone()));
            }
            if u8::try_from(key.name.len()).is_err() {
                faults.push(Fault::SealingKeyName);
            }
            if self
                .0
                .iter()
                .take(index)
                .any(|other| other.name == key.name)
            {
                faults.push(Fault::SealingKeyTwice(key.name.clone()));
            }
        }
        faults
    }

    /// Encrypts a secret for the session with this digest.
    pub(super) fn seal(&self, secret: &[u8], digest: &SessionDigest) -> Result<Vec<u8>, BoxError> {
        let key = self.0.first();
        let key = key.ok_or("a session with a secret needs `Sessions::sealing_key`")?;
        let mut sealed = key.head()?;
        let nonce: [u8; NONCE] =
            random_octets().ok_or("the operating system provided no random octets")?;
        let data = associated_data(&sealed, digest);
        let payload = Payload {
            msg: secret,
            aad: &data,
        };
        let cipher = key.cipher.as_ref().ok_or("the sealing key is invalid")?;
        let ciphertext = cipher.encrypt(&nonce.into(), payload);
        let ciphertext = ciphertext.map_err(|_| "the secret of a session is too long")?;
        sealed.extend_from_slice(&nonce);
        sealed.extend_from_slice(&ciphertext);
        Ok(sealed)
    }

    /// Decrypts a secret that was sealed for the session with this digest.
    pub(super) fn open(
        &self,
        sealed: &[u8],
        digest: &SessionDigest,
    ) -> Result<Zeroizing<Vec<u8>>, BoxError> {
        let invalid = "the secret of a session was changed, or belongs to another session";
        let malformed = || BoxError::from(invalid);
        let (&[version, length], rest) = sealed.split_first_chunk().ok_or_else(malformed)?;
        let (name, rest) = rest.split_at_checked(length.into()).ok_or_else(malformed)?;
        let (nonce, ciphertext) = rest.split_first_chunk::<NONCE>().ok_or_else(malformed)?;
        if version != VERSION {
            return Err(malformed());
        }
        let key = self.0.iter().find(|key| key.name.as_bytes() == name);
        let cipher = key.and_then(|key| key.cipher.as_ref());
        let cipher = cipher.ok_or("the secret of a session was sealed with an unknown key")?;
        let head = sealed.get(..2 + name.len()).unwrap_or_default();
        let payload = Payload {
            msg: ciphertext,
            aad: &associated_data(head, digest),
        };
        let secret = cipher.decrypt(&(*nonce).into(), payload);
        secret.map(Zeroizing::new).map_err(|_| malformed())
    }
}

impl SealingKey {
    fn head(&self) -> Result<Vec<u8>, BoxError> {
        let length = u8::try_from(self.name.len())?;
        Ok([&[VERSION, length], self.name.as_bytes()].concat())
    }
}

fn associated_data(head: &[u8], digest: &SessionDigest) -> Vec<u8> {
    [PURPOSE, head, digest.as_bytes()].concat()
}

impl fmt::Debug for SealingKeys {
    /// Shows the names of the keys only.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self.0.iter().map(|key| &key.name);
        formatter.debug_list().entries(names).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &[u8] = b"the refresh token of alice";

    fn keys(names: &[(&str, u8)]) -> SealingKeys {
        let mut keys = SealingKeys::default();
        for (name, octet) in names {
            keys.add((*name).to_owned(), &[*octet; 32]);
        }
        keys
    }

    fn digest(octet: u8) -> SessionDigest {
        SessionDigest::from_bytes([octet; 32])
    }

    #[test]
    fn a_sealed_secret_is_opened_for_its_own_session_only() {
        let keys = keys(&[("one", 1)]);
        let sealed = keys.seal(SECRET, &digest(1)).unwrap();
        assert_eq!(*keys.open(&sealed, &digest(1)).unwrap(), SECRET);
        assert!(keys.open(&sealed, &digest(2)).is_err());
    }

    #[test]
    fn every_changed_octet_of_a_sealed_secret_is_noticed() {
        let keys = keys(&[("one", 1)]);
        let sealed = keys.seal(SECRET, &digest(1)).unwrap();
        for at in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert!(keys.open(&changed, &digest(1)).is_err(), "{at}");
            assert!(keys.open(&sealed[..at], &digest(1)).is_err(), "{at}");
        }
    }

    #[test]
    fn the_first_sealing_key_seals_and_the_others_open() {
        let old = keys(&[("old", 1)]).seal(SECRET, &digest(1)).unwrap();
        let both = keys(&[("new", 2), ("old", 1)]);
        assert_eq!(*both.open(&old, &digest(1)).unwrap(), SECRET);
        let new = both.seal(SECRET, &digest(1)).unwrap();
        assert!(keys(&[("new", 2)]).open(&new, &digest(1)).is_ok());
        assert!(keys(&[("new", 2)]).open(&old, &digest(1)).is_err());
        // Another key of the same name.
        assert!(keys(&[("old", 3)]).open(&old, &digest(1)).is_err());
    }

    #[test]
    fn two_sealed_values_of_one_secret_differ() {
        let keys = keys(&[("one", 1)]);
        let seal = || keys.seal(SECRET, &digest(1)).unwrap();
        assert_ne!(seal(), seal());
    }

    #[test]
    fn faults_of_sealing_keys_are_reported_together() {
        let mut keys = keys(&[("one", 1), ("one", 2)]);
        keys.add("short".to_owned(), &[1; 31]);
        keys.add("x".repeat(256), &[1; 32]);
        let faults = keys.faults();
        assert!(matches!(
            &*faults,
            [
                Fault::SealingKeyTwice(_),
                Fault::SealingKey(_),
                Fault::SealingKeyName
            ]
        ));
    }

    #[test]
    fn a_secret_without_a_sealing_key_is_an_error() {
        assert!(keys(&[]).seal(SECRET, &digest(1)).is_err());
    }
}
