//! Signatures by the RustCrypto crates, through jsonwebtoken.
//!
//! jsonwebtoken's verifiers are neither `Send` nor `Sync`, so they can't be
//! kept between requests: the parsed key is, and a verifier is made from it for
//! each signature. That costs little beside the signature itself.

use jsonwebtoken::DecodingKey;
use jsonwebtoken::crypto::JwtVerifier;

use super::algorithm::Algorithm;
use super::material::{Curve, Material};

pub(super) use jsonwebtoken::crypto::rust_crypto::DEFAULT_PROVIDER;

/// `RsaPublicKey::MAX_SIZE` of the `rsa` crate, which jsonwebtoken's verifier
/// would otherwise run into at every single signature.
pub(super) const RSA_MODULUS_MAX_BITS: usize = 4096;

pub(super) struct Verifier {
    algorithm: jsonwebtoken::Algorithm,
    key: DecodingKey,
}

impl Verifier {
    /// None if the key is not one for this algorithm, or not on its curve.
    pub(super) fn new(algorithm: Algorithm, material: &Material) -> Option<Self> {
        if !material.algorithms().contains(&algorithm) {
            return None;
        }
        let key = match material {
            Material::Secret(secret) => DecodingKey::from_secret(secret),
            Material::Rsa { modulus, exponent } => {
                DecodingKey::from_rsa_raw_components(modulus, exponent)
            }
            Material::Ec {
                curve: Curve::P256 | Curve::P384,
                point,
            } => DecodingKey::from_ec_der(point),
            Material::Ed25519(key) => DecodingKey::from_ed_der(key),
        };
        let verifier = Self {
            algorithm: algorithm.name().parse().ok()?,
            key,
        };
        // Parses the key, and so finds a point that is not on the curve.
        verifier.for_one_signature()?;
        Some(verifier)
    }

    pub(super) fn verify(&self, signing_input: &[u8], signature: &[u8]) -> bool {
        self.for_one_signature()
            .is_some_and(|verifier| verifier.verify(signing_input, &signature.to_vec()).is_ok())
    }

    fn for_one_signature(&self) -> Option<Box<dyn JwtVerifier>> {
        (DEFAULT_PROVIDER.verifier_factory)(&self.algorithm, &self.key).ok()
    }
}

/// A new P-256 key pair, PKCS#8 in DER form.
#[cfg(any(test, feature = "testing"))]
pub(super) fn generate_p256() -> Option<zeroize::Zeroizing<Vec<u8>>> {
    use p256::elliptic_curve::rand_core::OsRng;
    use p256::pkcs8::EncodePrivateKey as _;

    let document = p256::SecretKey::random(&mut OsRng).to_pkcs8_der().ok()?;
    Some(document.as_bytes().to_vec().into())
}
