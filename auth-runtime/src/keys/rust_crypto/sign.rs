//! Keys that sign.

use hmac::{Hmac, KeyInit, Mac};
use jsonwebtoken::signature::Signer as _;
use p256::pkcs8::DecodePrivateKey as _;
use rsa::pkcs1::DecodeRsaPrivateKey as _;
use rsa::traits::PublicKeyParts as _;
use sha2::{Sha256, Sha384, Sha512};
use zeroize::Zeroizing;

use crate::keys::algorithm::Algorithm;
use crate::keys::key_material::{Curve, KeyMaterial};

/// A secret or a parsed private key.
pub(in crate::keys) enum Signer {
    Hmac(Zeroizing<Vec<u8>>),
    Rsa(Box<rsa::PrivateKey>),
    P256(Box<p256::ecdsa::SigningKey>),
    P384(Box<p384::ecdsa::SigningKey>),
    Ed25519(Box<ed25519_dalek::SigningKey>),
}

impl Signer {
    pub(in crate::keys) fn hmac(secret: &[u8]) -> Self {
        Self::Hmac(secret.to_vec().into())
    }

    /// `der` is a PKCS#1 `RSAPrivateKey`.
    pub(in crate::keys) fn rsa(der: &[u8]) -> Option<Self> {
        let key = rsa::PrivateKey::from_pkcs1_der(der).ok()?;
        Some(Self::Rsa(Box::new(key)))
    }

    /// `der` is in PKCS#8 form.
    pub(in crate::keys) fn ec(curve: Curve, der: &[u8]) -> Option<Self> {
        Some(match curve {
            Curve::P256 => Self::P256(Box::new(p256::ecdsa::SigningKey::from_pkcs8_der(der).ok()?)),
            Curve::P384 => Self::P384(Box::new(p384::ecdsa::SigningKey::from_pkcs8_der(der).ok()?)),
        })
    }

    /// `der` is in PKCS#8 form.
    pub(in crate::keys) fn ed25519(der: &[u8]) -> Option<Self> {
        let key = ed25519_dalek::SigningKey::from_pkcs8_der(der).ok()?;
        Some(Self::Ed25519(Box::new(key)))
    }

    /// A new P-256 key in PKCS#8 form.
    pub(in crate::keys) fn generate_p256() -> Option<Zeroizing<Vec<u8>>> {
        use p256::elliptic_curve::Generate as _;
        use p256::pkcs8::EncodePrivateKey as _;

        let key = p256::ecdsa::SigningKey::try_generate().ok()?;
        Some(key.to_pkcs8_der().ok()?.as_bytes().to_vec().into())
    }

    /// The public key; none for a secret, and for a key that [`KeyMaterial`] refuses.
    pub(in crate::keys) fn public_key(&self) -> Option<KeyMaterial> {
        match self {
            Self::Hmac(_) => None,
            Self::Rsa(key) => KeyMaterial::rsa(&key.n_bytes(), &key.e_bytes()).ok(),
            Self::P256(key) => {
                let point = key.verifying_key().to_sec1_point(false);
                KeyMaterial::ec(Curve::P256, point.as_bytes()).ok()
            }
            Self::P384(key) => {
                let point = key.verifying_key().to_sec1_point(false);
                KeyMaterial::ec(Curve::P384, point.as_bytes()).ok()
            }
            Self::Ed25519(key) => KeyMaterial::ed25519(key.verifying_key().as_bytes()).ok(),
        }
    }

    /// None if the key is not one for this algorithm.
    pub(in crate::keys) fn sign(&self, algorithm: Algorithm, input: &[u8]) -> Option<Vec<u8>> {
        match (self, algorithm) {
            (Self::Hmac(secret), Algorithm::HS256) => sign_hmac::<Hmac<Sha256>>(secret, input),
            (Self::Hmac(secret), Algorithm::HS384) => sign_hmac::<Hmac<Sha384>>(secret, input),
            (Self::Hmac(secret), Algorithm::HS512) => sign_hmac::<Hmac<Sha512>>(secret, input),
            (Self::Rsa(key), Algorithm::RS256) => key.pkcs1v15_sign::<Sha256>(input).ok(),
            (Self::Rsa(key), Algorithm::RS384) => key.pkcs1v15_sign::<Sha384>(input).ok(),
            (Self::Rsa(key), Algorithm::RS512) => key.pkcs1v15_sign::<Sha512>(input).ok(),
            (Self::Rsa(key), Algorithm::PS256) => key.pss_sign::<Sha256>(input).ok(),
            (Self::Rsa(key), Algorithm::PS384) => key.pss_sign::<Sha384>(input).ok(),
            (Self::Rsa(key), Algorithm::PS512) => key.pss_sign::<Sha512>(input).ok(),
            (Self::P256(key), Algorithm::ES256) => {
                let signature: p256::ecdsa::Signature = key.try_sign(input).ok()?;
                Some(signature.to_bytes().to_vec())
            }
            (Self::P384(key), Algorithm::ES384) => {
                let signature: p384::ecdsa::Signature = key.try_sign(input).ok()?;
                Some(signature.to_bytes().to_vec())
            }
            (Self::Ed25519(key), Algorithm::EdDSA) => {
                Some(key.try_sign(input).ok()?.to_bytes().to_vec())
            }
            _ => None,
        }
    }
}

fn sign_hmac<M: Mac + KeyInit>(secret: &[u8], input: &[u8]) -> Option<Vec<u8>> {
    let mut mac = <M as KeyInit>::new_from_slice(secret).ok()?;
    mac.update(input);
    Some(mac.finalize().into_bytes().to_vec())
}
