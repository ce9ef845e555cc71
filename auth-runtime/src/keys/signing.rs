//! Keys that sign, for issuers made in tests.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::EncodingKey;
use jsonwebtoken::jwk::EllipticCurve;
use serde_json::{Value, json};

use super::algorithm::Algorithm;
use super::backend::{self, DEFAULT_PROVIDER};
use super::der::{INTEGER, NotDer, OBJECT_IDENTIFIER, OCTET_STRING, Reader, SEQUENCE};
use super::key::Key;
use super::material::Curve;
use super::pem;
use super::spki::oid;

/// A secret or a private key.
pub(crate) struct SigningKey {
    key: EncodingKey,
    kind: Kind,
}

#[derive(Clone, Copy)]
enum Kind {
    Hmac,
    Rsa,
    Ec(Curve),
    Ed25519,
}

/// Why a key can't be made or can't sign.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SigningError(String);

impl SigningKey {
    /// A new P-256 key, for ES256.
    pub(crate) fn generate() -> Result<Self, SigningError> {
        let der = backend::generate_p256()
            .ok_or_else(|| error("the system has no randomness for a new key"))?;
        Ok(Self {
            key: EncodingKey::from_ec_der(&der),
            kind: Kind::Ec(Curve::P256),
        })
    }

    /// An HMAC secret.
    pub(crate) fn secret(secret: impl AsRef<[u8]>) -> Self {
        Self {
            key: EncodingKey::from_secret(secret.as_ref()),
            kind: Kind::Hmac,
        }
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

    /// A private key in DER form: PKCS#8, or PKCS#1 for RSA.
    pub(crate) fn der(der: impl AsRef<[u8]>) -> Result<Self, SigningError> {
        let der = der.as_ref();
        parse(der).map_err(|NotDer| {
            error("it is not a PKCS#8 or PKCS#1 private key for RSA, P-256, P-384 or Ed25519")
        })
    }

    /// The signature over `signing_input`.
    pub(crate) fn sign(
        &self,
        algorithm: Algorithm,
        signing_input: &[u8],
    ) -> Result<Vec<u8>, SigningError> {
        let refused = || error(&format!("this key can't sign with {algorithm}"));
        let name = algorithm.name().parse().map_err(|_| refused())?;
        let signer = (DEFAULT_PROVIDER.signer_factory)(&name, &self.key).map_err(|_| refused())?;
        signer.try_sign(signing_input).map_err(|_| refused())
    }

    /// The algorithms this key signs with, the usual one first.
    pub(crate) fn algorithms(&self) -> &'static [Algorithm] {
        match self.kind {
            Kind::Hmac => Algorithm::HMAC,
            Kind::Rsa => Algorithm::RSA,
            Kind::Ec(Curve::P256) => &[Algorithm::ES256],
            Kind::Ec(Curve::P384) => &[Algorithm::ES384],
            Kind::Ed25519 => &[Algorithm::EdDSA],
        }
    }

    /// The public half as a JWK; none for a secret, which has no public half.
    pub(crate) fn public_jwk(&self) -> Option<Value> {
        let utilities = &DEFAULT_PROVIDER.key_utils;
        let private = self.key.as_bytes();
        let text = |octets: Vec<u8>| URL_SAFE_NO_PAD.encode(octets);
        match self.kind {
            Kind::Hmac => None,
            Kind::Rsa => {
                let (n, e) = (utilities.rsa_pub_components_from_private_key)(private).ok()?;
                Some(json!({ "kty": "RSA", "n": text(n), "e": text(e) }))
            }
            Kind::Ec(curve) => {
                let algorithm = match curve {
                    Curve::P256 => jsonwebtoken::Algorithm::ES256,
                    Curve::P384 => jsonwebtoken::Algorithm::ES384,
                };
                let (_, x, y) =
                    (utilities.ec_pub_components_from_private_key)(private, algorithm).ok()?;
                Some(json!({ "kty": "EC", "crv": curve.name(), "x": text(x), "y": text(y) }))
            }
            Kind::Ed25519 => {
                let x = (utilities.ed_pub_components_from_private_key)(
                    private,
                    &EllipticCurve::Ed25519,
                )
                .ok()?;
                Some(json!({ "kty": "OKP", "crv": "Ed25519", "x": text(x) }))
            }
        }
    }

    /// The key that verifies what this one signs.
    pub(crate) fn verification_key(&self) -> Result<Key, SigningError> {
        match self.kind {
            Kind::Hmac => Ok(Key::secret(self.key.as_bytes())),
            _ => match self.public_jwk() {
                Some(jwk) => Ok(Key::jwk(jwk.to_string())),
                None => Err(error("the private key can't be parsed")),
            },
        }
    }
}

/// PKCS#8 (RFC 5208) or a PKCS#1 `RSAPrivateKey`, told apart by what follows
/// the version.
fn parse(der: &[u8]) -> Result<SigningKey, NotDer> {
    let mut outer = Reader::new(der);
    let mut info = outer.sequence()?;
    outer.finish()?;
    info.unsigned_integer()?;
    match info.peek() {
        Some(INTEGER) => Ok(SigningKey {
            key: EncodingKey::from_rsa_der(der),
            kind: Kind::Rsa,
        }),
        Some(SEQUENCE) => {
            let mut algorithm = info.sequence()?;
            let inner = info.read(OCTET_STRING)?;
            match algorithm.read(OBJECT_IDENTIFIER)? {
                // jsonwebtoken takes RSA keys without the PKCS#8 around them
                // and all others with it.
                oid::RSA_ENCRYPTION => Ok(SigningKey {
                    key: EncodingKey::from_rsa_der(inner),
                    kind: Kind::Rsa,
                }),
                oid::EC_PUBLIC_KEY => {
                    let curve = match algorithm.read(OBJECT_IDENTIFIER)? {
                        oid::P256 => Curve::P256,
                        oid::P384 => Curve::P384,
                        _ => return Err(NotDer),
                    };
                    Ok(SigningKey {
                        key: EncodingKey::from_ec_der(der),
                        kind: Kind::Ec(curve),
                    })
                }
                oid::ED25519 => Ok(SigningKey {
                    key: EncodingKey::from_ed_der(der),
                    kind: Kind::Ed25519,
                }),
                _ => Err(NotDer),
            }
        }
        _ => Err(NotDer),
    }
}

fn error(reason: &str) -> SigningError {
    SigningError(reason.to_owned())
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKey")
            .field("algorithms", &self.algorithms())
            .finish_non_exhaustive()
    }
}

impl fmt::Display for SigningError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for SigningError {}
