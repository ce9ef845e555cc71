//! Keys that verify.

use hmac::{Hmac, KeyInit, Mac};
use jsonwebtoken::signature::Verifier as _;
use rsa::BoxedUint;
use sha2::{Sha256, Sha384, Sha512};

use crate::keys::algorithm::Algorithm;
use crate::keys::key_material::{Curve, KeyMaterial};

/// A parsed key for one algorithm. Large keys are boxed, so that small ones take little memory.
pub(in crate::keys) enum Verifier {
    Hs256(Box<Hmac<Sha256>>),
    Hs384(Box<Hmac<Sha384>>),
    Hs512(Box<Hmac<Sha512>>),
    Rsa(Algorithm, Box<rsa::PublicKey>),
    Es256(Box<p256::ecdsa::VerifyingKey>),
    Es384(Box<p384::ecdsa::VerifyingKey>),
    EdDsa(Box<ed25519_dalek::VerifyingKey>),
}

impl Verifier {
    /// None if the key is not one for this algorithm, or not on its curve.
    pub(in crate::keys) fn new(algorithm: Algorithm, material: &KeyMaterial) -> Option<Self> {
        match (material, algorithm) {
            (KeyMaterial::Secret(secret), Algorithm::HS256) => hmac(secret).map(Self::Hs256),
            (KeyMaterial::Secret(secret), Algorithm::HS384) => hmac(secret).map(Self::Hs384),
            (KeyMaterial::Secret(secret), Algorithm::HS512) => hmac(secret).map(Self::Hs512),
            (KeyMaterial::Rsa { modulus, exponent }, _) if Algorithm::RSA.contains(&algorithm) => {
                let number = BoxedUint::from_be_slice_vartime;
                let key = rsa::PublicKey::new(number(modulus), number(exponent)).ok()?;
                Some(Self::Rsa(algorithm, Box::new(key)))
            }
            (
                KeyMaterial::Ec {
                    curve: Curve::P256,
                    point,
                },
                Algorithm::ES256,
            ) => {
                let key = p256::ecdsa::VerifyingKey::from_sec1_bytes(point).ok()?;
                Some(Self::Es256(Box::new(key)))
            }
            (
                KeyMaterial::Ec {
                    curve: Curve::P384,
                    point,
                },
                Algorithm::ES384,
            ) => {
                let key = p384::ecdsa::VerifyingKey::from_sec1_bytes(point).ok()?;
                Some(Self::Es384(Box::new(key)))
            }
            (KeyMaterial::Ed25519(key), Algorithm::EdDSA) => {
                let key = ed25519_dalek::VerifyingKey::from_bytes(key).ok()?;
                Some(Self::EdDsa(Box::new(key)))
            }
            _ => None,
        }
    }

    pub(in crate::keys) fn verify(&self, signing_input: &[u8], signature: &[u8]) -> bool {
        match self {
            Self::Hs256(key) => verify_hmac(&**key, signing_input, signature),
            Self::Hs384(key) => verify_hmac(&**key, signing_input, signature),
            Self::Hs512(key) => verify_hmac(&**key, signing_input, signature),
            Self::Rsa(algorithm, key) => verify_rsa(*algorithm, key, signing_input, signature),
            Self::Es256(key) => p256::ecdsa::Signature::from_slice(signature)
                .is_ok_and(|signature| key.verify(signing_input, &signature).is_ok()),
            Self::Es384(key) => p384::ecdsa::Signature::from_slice(signature)
                .is_ok_and(|signature| key.verify(signing_input, &signature).is_ok()),
            Self::EdDsa(key) => ed25519_dalek::Signature::from_slice(signature)
                .is_ok_and(|signature| key.verify(signing_input, &signature).is_ok()),
        }
    }
}

fn hmac<M: Mac + KeyInit>(secret: &[u8]) -> Option<Box<M>> {
    <M as KeyInit>::new_from_slice(secret).ok().map(Box::new)
}

/// Compares in constant time.
fn verify_hmac<M: Mac + Clone>(key: &M, signing_input: &[u8], signature: &[u8]) -> bool {
    let mut mac = key.clone();
    mac.update(signing_input);
    mac.verify_slice(signature).is_ok()
}

fn verify_rsa(
    algorithm: Algorithm,
    key: &rsa::PublicKey,
    signing_input: &[u8],
    signature: &[u8],
) -> bool {
    let verified = match algorithm {
        Algorithm::RS256 => key.pkcs1v15_verify::<Sha256>(signing_input, signature),
        Algorithm::RS384 => key.pkcs1v15_verify::<Sha384>(signing_input, signature),
        Algorithm::RS512 => key.pkcs1v15_verify::<Sha512>(signing_input, signature),
        Algorithm::PS256 => key.pss_verify::<Sha256>(signing_input, signature),
        Algorithm::PS384 => key.pss_verify::<Sha384>(signing_input, signature),
        Algorithm::PS512 => key.pss_verify::<Sha512>(signing_input, signature),
        _ => return false,
    };
    verified.is_ok()
}
