//! One key for one algorithm.

use std::fmt;

use super::algorithm::Algorithm;
use super::backend;
use super::edwards;
use super::fault::KeyProblem;
use super::key_material::KeyMaterial;

/// A key that was parsed once and verifies signatures of one algorithm.
pub(super) struct KeyVerifier {
    algorithm: Algorithm,
    signature_length: usize,
    backend: backend::Verifier,
}

impl KeyVerifier {
    pub(super) fn new(algorithm: Algorithm, material: &KeyMaterial) -> Result<Self, KeyProblem> {
        let backend = backend::Verifier::new(algorithm, material).ok_or(match material {
            KeyMaterial::Ec { curve, .. } => KeyProblem::PointNotOnCurve {
                curve: curve.name(),
            },
            KeyMaterial::Ed25519(_) => KeyProblem::PointNotOnCurve {
                curve: edwards::CURVE,
            },
            _ => KeyProblem::Malformed("the cryptography back end refuses it".to_owned()),
        })?;
        let signature_length = match material {
            KeyMaterial::Secret(_) => algorithm.secret_length(),
            KeyMaterial::Rsa { modulus, .. } => modulus.len(),
            // r and s (RFC 7518 section 3.4).
            KeyMaterial::Ec { curve, .. } => 2 * curve.coordinate_length(),
            KeyMaterial::Ed25519(_) => 64,
        };
        Ok(Self {
            algorithm,
            signature_length,
            backend,
        })
    }

    pub(super) fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// Refuses a signature of the wrong length, such as one in DER form or a
    /// truncated MAC, before the back end sees it.
    pub(super) fn verify(&self, signing_input: &[u8], signature: &[u8]) -> bool {
        signature.len() == self.signature_length && self.backend.verify(signing_input, signature)
    }
}

impl fmt::Debug for KeyVerifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyVerifier")
            .field("algorithm", &self.algorithm)
            .finish_non_exhaustive()
    }
}
