//! New keys and other random values.

use zeroize::Zeroizing;

#[cfg(any(test, feature = "testing"))]
use super::key_signer::{KeySigner, SigningError, error};
use crate::keys::algorithm::Algorithm;
use crate::keys::backend::{Signer, fill_random};
use crate::keys::fault::KeyProblem;

/// An Ed25519 private key in PKCS#8 form (RFC 8410 section 7), up to the 32 octets of the key.
const ED25519_PREFIX: &[u8] = &[
    0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20,
];

/// Random octets of the operating system. `None` if it provides none.
pub(crate) fn random_octets<const N: usize>() -> Option<[u8; N]> {
    let mut octets = [0; N];
    fill_random(&mut octets)?;
    Some(octets)
}

/// A new private key for this algorithm, in PKCS#8 form.
pub(super) fn generate(algorithm: Algorithm) -> Result<Zeroizing<Vec<u8>>, KeyProblem> {
    match algorithm {
        Algorithm::ES256 => Signer::generate_p256().ok_or(KeyProblem::NoRandomOctets),
        Algorithm::EdDSA => ed25519().ok_or(KeyProblem::NoRandomOctets),
        other => Err(KeyProblem::NotGenerated(other)),
    }
}

/// The PKCS#8 form that holds this Ed25519 private key.
pub(super) fn ed25519_pkcs8(key: &[u8]) -> Zeroizing<Vec<u8>> {
    [ED25519_PREFIX, key].concat().into()
}

fn ed25519() -> Option<Zeroizing<Vec<u8>>> {
    let key = Zeroizing::new(random_octets::<32>()?);
    Some(ed25519_pkcs8(&*key))
}

#[cfg(any(test, feature = "testing"))]
impl KeySigner {
    /// A new P-256 key, for ES256.
    pub(crate) fn generate() -> Result<Self, SigningError> {
        let der = generate(Algorithm::ES256).map_err(|problem| error(&problem.to_string()))?;
        Self::der(&der)
    }
}
