//! Keys that sign.

use aws_lc_rs::hmac;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair,
    KeyPair, RSA_PKCS1_SHA256, RSA_PKCS1_SHA384, RSA_PKCS1_SHA512, RSA_PSS_SHA256, RSA_PSS_SHA384,
    RSA_PSS_SHA512, RsaEncoding, RsaKeyPair,
};
use zeroize::Zeroizing;

use super::verify::hmac_algorithm;
use crate::keys::algorithm::Algorithm;
use crate::keys::key_material::{Curve, KeyMaterial};
use crate::keys::spki;

/// A secret or a parsed private key.
pub(in crate::keys) enum Signer {
    Hmac(Zeroizing<Vec<u8>>),
    Rsa(RsaKeyPair),
    Ec(Curve, EcdsaKeyPair),
    Ed25519(Ed25519KeyPair),
}

impl Signer {
    pub(in crate::keys) fn hmac(secret: &[u8]) -> Self {
        Self::Hmac(secret.to_vec().into())
    }

    /// `der` is a PKCS#1 `RSAPrivateKey`.
    pub(in crate::keys) fn rsa(der: &[u8]) -> Option<Self> {
        RsaKeyPair::from_der(der).ok().map(Self::Rsa)
    }

    /// `der` is in PKCS#8 form.
    pub(in crate::keys) fn ec(curve: Curve, der: &[u8]) -> Option<Self> {
        let algorithm = match curve {
            Curve::P256 => &ECDSA_P256_SHA256_FIXED_SIGNING,
            Curve::P384 => &ECDSA_P384_SHA384_FIXED_SIGNING,
        };
        let key = EcdsaKeyPair::from_pkcs8(algorithm, der).ok()?;
        Some(Self::Ec(curve, key))
    }

    /// `der` is in PKCS#8 form.
    pub(in crate::keys) fn ed25519(der: &[u8]) -> Option<Self> {
        Ed25519KeyPair::from_pkcs8(der).ok().map(Self::Ed25519)
    }

    /// A new P-256 key in PKCS#8 form.
    pub(in crate::keys) fn generate_p256() -> Option<Zeroizing<Vec<u8>>> {
        let key = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).ok()?;
        Some(key.to_pkcs8v1().ok()?.as_ref().to_vec().into())
    }

    /// The public key; none for a secret, and for a key that [`KeyMaterial`] refuses.
    pub(in crate::keys) fn public_key(&self) -> Option<KeyMaterial> {
        match self {
            Self::Hmac(_) => None,
            // Its octets are a PKCS#1 `RSAPublicKey`.
            Self::Rsa(key) => spki::parse_der(key.public_key().as_ref()).ok(),
            Self::Ec(curve, key) => KeyMaterial::ec(*curve, key.public_key().as_ref()).ok(),
            Self::Ed25519(key) => KeyMaterial::ed25519(key.public_key().as_ref()).ok(),
        }
    }

    /// None if the key is not one for this algorithm.
    pub(in crate::keys) fn sign(&self, algorithm: Algorithm, input: &[u8]) -> Option<Vec<u8>> {
        let random = SystemRandom::new();
        match (self, algorithm) {
            (Self::Hmac(secret), _) => {
                let key = hmac::Key::new(hmac_algorithm(algorithm)?, secret);
                Some(hmac::sign(&key, input).as_ref().to_vec())
            }
            (Self::Rsa(key), _) => {
                let mut signature = vec![0; key.public_modulus_len()];
                key.sign(rsa_encoding(algorithm)?, &random, input, &mut signature)
                    .ok()?;
                Some(signature)
            }
            (Self::Ec(Curve::P256, key), Algorithm::ES256)
            | (Self::Ec(Curve::P384, key), Algorithm::ES384) => {
                let signature = key.sign(&random, input).ok()?;
                Some(signature.as_ref().to_vec())
            }
            (Self::Ed25519(key), Algorithm::EdDSA) => {
                Some(key.try_sign(input).ok()?.as_ref().to_vec())
            }
            _ => None,
        }
    }
}

fn rsa_encoding(algorithm: Algorithm) -> Option<&'static dyn RsaEncoding> {
    match algorithm {
        Algorithm::RS256 => Some(&RSA_PKCS1_SHA256),
        Algorithm::RS384 => Some(&RSA_PKCS1_SHA384),
        Algorithm::RS512 => Some(&RSA_PKCS1_SHA512),
        Algorithm::PS256 => Some(&RSA_PSS_SHA256),
        Algorithm::PS384 => Some(&RSA_PSS_SHA384),
        Algorithm::PS512 => Some(&RSA_PSS_SHA512),
        _ => None,
    }
}
