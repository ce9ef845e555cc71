//! A key that signs, parsed once.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use zeroize::Zeroizing;

use crate::keys::algorithm::Algorithm;
use crate::keys::backend::Signer;
use crate::keys::der::{DerReader, INTEGER, NotDer, OBJECT_IDENTIFIER, OCTET_STRING, SEQUENCE};
use crate::keys::key_material::{Curve, KeyMaterial};
use crate::keys::pem;
use crate::keys::spki::oid;

/// A secret or a private key, parsed once.
pub(crate) struct KeySigner {
    signer: Signer,
    /// What verifies its signatures: the secret itself, or the public key.
    verification: KeyMaterial,
}

/// Why a key can't be made or can't sign.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SigningError(String);

impl KeySigner {
    /// An HMAC secret.
    pub(crate) fn secret(secret: impl AsRef<[u8]>) -> Self {
        let secret = secret.as_ref();
        Self {
            signer: Signer::hmac(secret),
            verification: KeyMaterial::Secret(Zeroizing::new(secret.to_vec())),
        }
    }

    /// A private key in DER form: PKCS#8, or PKCS#1 for RSA.
    pub(crate) fn der(der: impl AsRef<[u8]>) -> Result<Self, SigningError> {
        let signer = parse(der.as_ref()).map_err(|NotDer| {
            error("it is not a PKCS#8 or PKCS#1 private key for RSA, P-256, P-384 or Ed25519")
        })?;
        signer
            .and_then(Self::new)
            .ok_or_else(|| error("the private key is malformed or too weak"))
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

    fn new(signer: Signer) -> Option<Self> {
        let verification = signer.public_key()?;
        Some(Self {
            signer,
            verification,
        })
    }

    /// The signature over `signing_input`.
    pub(crate) fn sign(
        &self,
        algorithm: Algorithm,
        signing_input: &[u8],
    ) -> Result<Vec<u8>, SigningError> {
        self.signer
            .sign(algorithm, signing_input)
            .ok_or_else(|| error(&format!("this key can't sign with {algorithm}")))
    }

    /// A JWS in compact form (RFC 7515 section 7.1) with this header and this payload.
    pub(crate) fn sign_compact(
        &self,
        algorithm: Algorithm,
        header: &str,
        payload: &str,
    ) -> Result<String, SigningError> {
        let mut jws = URL_SAFE_NO_PAD.encode(header);
        jws.push('.');
        URL_SAFE_NO_PAD.encode_string(payload, &mut jws);
        let signature = self.sign(algorithm, jws.as_bytes())?;
        jws.push('.');
        URL_SAFE_NO_PAD.encode_string(signature, &mut jws);
        Ok(jws)
    }

    /// The algorithms this key signs with, the usual one first.
    pub(crate) fn algorithms(&self) -> &'static [Algorithm] {
        self.verification.algorithms()
    }

    /// What verifies its signatures: the secret itself, or the public key.
    pub(in crate::keys) fn verification(&self) -> &KeyMaterial {
        &self.verification
    }
}

/// PKCS#8 (RFC 5208) or a PKCS#1 `RSAPrivateKey`, told apart by what follows
/// the version. None for a key that the back end refuses.
fn parse(der: &[u8]) -> Result<Option<Signer>, NotDer> {
    let mut outer = DerReader::new(der);
    let mut info = outer.sequence()?;
    outer.finish()?;
    info.unsigned_integer()?;
    match info.peek() {
        Some(INTEGER) => Ok(Signer::rsa(der)),
        Some(SEQUENCE) => {
            let mut algorithm = info.sequence()?;
            let inner = info.read(OCTET_STRING)?;
            match algorithm.read(OBJECT_IDENTIFIER)? {
                oid::RSA_ENCRYPTION => Ok(Signer::rsa(inner)),
                oid::EC_PUBLIC_KEY => {
                    let curve = match algorithm.read(OBJECT_IDENTIFIER)? {
                        oid::P256 => Curve::P256,
                        oid::P384 => Curve::P384,
                        _ => return Err(NotDer),
                    };
                    Ok(Signer::ec(curve, der))
                }
                oid::ED25519 => Ok(Signer::ed25519(der)),
                _ => Err(NotDer),
            }
        }
        _ => Err(NotDer),
    }
}

pub(super) fn error(reason: &str) -> SigningError {
    SigningError(reason.to_owned())
}

impl fmt::Debug for KeySigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeySigner")
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
