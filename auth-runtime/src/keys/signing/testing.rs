//! Functions of signing keys that only issuers in tests need.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::{SigningError, SigningKey, error};
use crate::keys::backend::Signer;
use crate::keys::key::Key;
use crate::keys::key_material::KeyMaterial;
use crate::keys::pem;

impl SigningKey {
    /// A new P-256 key, for ES256.
    pub(crate) fn generate() -> Result<Self, SigningError> {
        Signer::generate()
            .and_then(Self::new)
            .ok_or_else(|| error("the random number generator failed to make a new key"))
    }

    /// A private key in PEM form: PKCS#8 `PRIVATE KEY`, or PKCS#1
    /// `RSA PRIVATE KEY`.
    pub(crate) fn pem(text: impl AsRef<[u8]>) -> Result<Self, SigningError> {
        let block = pem::parse(text.as_ref()).map_err(|problem| error(&problem.to_string()))?;
        match block.label.as_str() {
            "PRIVATE KEY" | "RSA PRIVATE KEY" => Self::der(&block.der),
            "EC PRIVATE KEY" => Err(error(
                "the key is in SEC 1 form; convert it with `openssl pkcs8 -topk8 -nocrypt`",
            )),
            "ENCRYPTED PRIVATE KEY" => Err(error(
                "the key is encrypted; decrypt it with `openssl pkcs8 -in key.pem -out plain.pem`",
            )),
            label => Err(error(&format!(
                "the PEM block {label:?} is not a private key"
            ))),
        }
    }

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

    /// The key that verifies what this one signs.
    pub(crate) fn verification_key(&self) -> Result<Key, SigningError> {
        match (self.verification(), self.public_jwk()) {
            (KeyMaterial::Secret(secret), _) => Ok(Key::hmac(&**secret)),
            (_, Some(jwk)) => Ok(Key::jwk(jwk.to_string())),
            (_, None) => Err(error("the private key can't be parsed")),
        }
    }
}
