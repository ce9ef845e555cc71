//! Keys that verify.

use aws_lc_rs::hmac;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, ED25519, ParsedPublicKey,
    RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_2048_8192_SHA384, RSA_PKCS1_2048_8192_SHA512,
    RSA_PSS_2048_8192_SHA256, RSA_PSS_2048_8192_SHA384, RSA_PSS_2048_8192_SHA512, RsaParameters,
    RsaPublicKeyComponents,
};

use crate::keys::algorithm::Algorithm;
use crate::keys::key_material::{Curve, KeyMaterial};

/// A parsed key for one algorithm.
pub(in crate::keys) enum Verifier {
    /// Boxed because it is large.
    Hmac(Box<hmac::Key>),
    PublicKey(ParsedPublicKey),
}

impl Verifier {
    /// None if the key is not one for this algorithm, or not on its curve.
    pub(in crate::keys) fn new(algorithm: Algorithm, material: &KeyMaterial) -> Option<Self> {
        match material {
            KeyMaterial::Secret(secret) => {
                let key = hmac::Key::new(hmac_algorithm(algorithm)?, secret);
                Some(Self::Hmac(Box::new(key)))
            }
            KeyMaterial::Rsa { modulus, exponent } => {
                let components = RsaPublicKeyComponents {
                    n: &**modulus,
                    e: &**exponent,
                };
                components
                    .to_parsed_public_key(rsa_parameters(algorithm)?)
                    .ok()
                    .map(Self::PublicKey)
            }
            KeyMaterial::Ec { curve, point } => {
                let parameters = match (curve, algorithm) {
                    (Curve::P256, Algorithm::ES256) => &ECDSA_P256_SHA256_FIXED,
                    (Curve::P384, Algorithm::ES384) => &ECDSA_P384_SHA384_FIXED,
                    _ => return None,
                };
                ParsedPublicKey::new(parameters, point)
                    .ok()
                    .map(Self::PublicKey)
            }
            KeyMaterial::Ed25519(key) if algorithm == Algorithm::EdDSA => {
                ParsedPublicKey::new(&ED25519, key)
                    .ok()
                    .map(Self::PublicKey)
            }
            KeyMaterial::Ed25519(_) => None,
        }
    }

    pub(in crate::keys) fn verify(&self, signing_input: &[u8], signature: &[u8]) -> bool {
        match self {
            Self::Hmac(key) => hmac::verify(key, signing_input, signature).is_ok(),
            Self::PublicKey(key) => key.verify_sig(signing_input, signature).is_ok(),
        }
    }
}

pub(super) fn hmac_algorithm(algorithm: Algorithm) -> Option<hmac::Algorithm> {
    match algorithm {
        Algorithm::HS256 => Some(hmac::HMAC_SHA256),
        Algorithm::HS384 => Some(hmac::HMAC_SHA384),
        Algorithm::HS512 => Some(hmac::HMAC_SHA512),
        _ => None,
    }
}

fn rsa_parameters(algorithm: Algorithm) -> Option<&'static RsaParameters> {
    match algorithm {
        Algorithm::RS256 => Some(&RSA_PKCS1_2048_8192_SHA256),
        Algorithm::RS384 => Some(&RSA_PKCS1_2048_8192_SHA384),
        Algorithm::RS512 => Some(&RSA_PKCS1_2048_8192_SHA512),
        Algorithm::PS256 => Some(&RSA_PSS_2048_8192_SHA256),
        Algorithm::PS384 => Some(&RSA_PSS_2048_8192_SHA384),
        Algorithm::PS512 => Some(&RSA_PSS_2048_8192_SHA512),
        _ => None,
    }
}
