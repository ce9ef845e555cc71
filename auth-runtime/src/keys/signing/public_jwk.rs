//! The public half of a signing key.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::key_signer::KeySigner;
#[cfg(any(test, feature = "testing"))]
use super::key_signer::{SigningError, error};
use crate::keys::algorithm::Algorithm;
#[cfg(any(test, feature = "testing"))]
use crate::keys::key::Key;
use crate::keys::key_material::KeyMaterial;
use crate::keys::sha256;

impl KeySigner {
    /// The public half as a JWK; none for a secret, which has no public half.
    pub(crate) fn public_jwk(&self) -> Option<Value> {
        let text = |octets: &[u8]| URL_SAFE_NO_PAD.encode(octets);
        match self.verification() {
            KeyMaterial::Secret(_) => None,
            KeyMaterial::Rsa { modulus, exponent } => {
                Some(json!({ "kty": "RSA", "n": text(modulus), "e": text(exponent) }))
            }
            KeyMaterial::Ec { curve, point } => {
                let (x, y) = curve.coordinates(point)?;
                Some(json!({ "kty": "EC", "crv": curve.name(), "x": text(x), "y": text(y) }))
            }
            KeyMaterial::Ed25519(key) => {
                Some(json!({ "kty": "OKP", "crv": "Ed25519", "x": text(key) }))
            }
        }
    }

    /// The key ID of a key that is given none: the thumbprint of a public key (RFC 7638), and for a secret a value that
    /// discloses no more of it than a token does.
    pub(crate) fn thumbprint(&self) -> Option<String> {
        let Some(jwk) = self.public_jwk() else {
            let mac = self.sign(Algorithm::HS256, b"kid").ok()?;
            return Some(URL_SAFE_NO_PAD.encode(mac.get(..16)?));
        };
        // Sorted, whatever serde_json is compiled with. The public JWK has the required members and no others.
        let members: BTreeMap<_, _> = jwk.as_object()?.iter().collect();
        let text = serde_json::to_string(&members).ok()?;
        Some(URL_SAFE_NO_PAD.encode(sha256(text.as_bytes())?))
    }

    /// A copy of what verifies its signatures.
    pub(super) fn copy_verification(&self) -> Option<KeyMaterial> {
        match self.verification() {
            KeyMaterial::Secret(secret) => Some(KeyMaterial::Secret(secret.clone())),
            KeyMaterial::Rsa { modulus, exponent } => KeyMaterial::rsa(modulus, exponent).ok(),
            KeyMaterial::Ec { curve, point } => KeyMaterial::ec(*curve, point).ok(),
            KeyMaterial::Ed25519(key) => KeyMaterial::ed25519(key).ok(),
        }
    }

    /// The key that verifies what this one signs.
    #[cfg(any(test, feature = "testing"))]
    pub(crate) fn verification_key(&self) -> Result<Key, SigningError> {
        match (self.verification(), self.public_jwk()) {
            (KeyMaterial::Secret(secret), _) => Ok(Key::hmac(&**secret)),
            (_, Some(jwk)) => Ok(Key::jwk(jwk.to_string())),
            (_, None) => Err(error("the private key can't be parsed")),
        }
    }
}
