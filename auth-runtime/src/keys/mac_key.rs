//! A secret for message authentication codes that this process checks itself.

use zeroize::Zeroizing;

use super::algorithm::Algorithm;
use super::fault::{KeyFault, KeyProblem};
use super::hmac_secret::hmac_secret;
use super::signing::KeySigner;
use super::verifier::KeyVerifier;

/// A secret for HMAC with SHA-256.
pub(crate) struct MacKey {
    signer: KeySigner,
    verifier: KeyVerifier,
}

impl MacKey {
    /// # Errors
    ///
    /// The secret is not valid for HS256: it is too short, or it is a key document. `place` names it in the message.
    pub(crate) fn new(secret: Zeroizing<Vec<u8>>, place: &str) -> Result<Self, KeyFault> {
        let signer = KeySigner::secret(&*secret);
        let octets = secret.len();
        let verifier = hmac_secret(secret).and_then(|material| {
            if material.is_long_enough_for(Algorithm::HS256) {
                KeyVerifier::new(Algorithm::HS256, &material)
            } else {
                let algorithm = Algorithm::HS256;
                Err(KeyProblem::SecretTooShort { octets, algorithm })
            }
        });
        match verifier {
            Ok(verifier) => Ok(Self { signer, verifier }),
            Err(problem) => Err(KeyFault::of(place, problem)),
        }
    }

    /// `None` if the back end fails.
    pub(crate) fn sign(&self, message: &[u8]) -> Option<[u8; 32]> {
        let code = self.signer.sign(Algorithm::HS256, message).ok()?;
        code.try_into().ok()
    }

    /// Compares in constant time.
    pub(crate) fn verify(&self, message: &[u8], code: &[u8]) -> bool {
        self.verifier.verify(message, code)
    }
}
