//! The back end of this crate for an application's own use of jsonwebtoken.
//!
//! This crate does not use it: a guard verifies with [`KeyVerifier`] directly, and the application chooses
//! the back end of jsonwebtoken.

use jsonwebtoken::crypto::{CryptoProvider, JwtSigner, JwtVerifier, KeyUtils};
use jsonwebtoken::errors::{Error, ErrorKind, Result};
use jsonwebtoken::jwk::{EllipticCurve, ThumbprintHash};
use jsonwebtoken::{AlgorithmFamily, DecodingKey, DecodingKeyKind, EncodingKey, signature};

use super::algorithm::Algorithm;
use super::backend;
use super::fault::KeyProblem;
use super::hmac_secret::hmac_secret;
use super::key_material::{Curve, KeyMaterial};
use super::signing::KeySigner;
use super::spki;
use super::verifier::KeyVerifier;

/// Signs and verifies an application's own tokens with the back end of this crate.
///
/// `jsonwebtoken::encode` and `decode` need a back end: one of the features `aws_lc_rs` and `rust_crypto`
/// of jsonwebtoken, or a [`CryptoProvider`] that is installed for the process. This crate turns on
/// neither feature and installs nothing, so it does not change how your own tokens are signed and
/// verified. Install this provider to use one implementation for all:
///
/// ```
/// use jsonwebtoken::{DecodingKey, EncodingKey, Header, Validation, decode, encode};
/// use serde_json::{Value, json};
///
/// // At the start of `main`. Fails if a provider is already installed.
/// auth_runtime::jsonwebtoken_provider().install_default().expect("no other provider");
///
/// let claims = json!({ "sub": "alice", "exp": 4_102_444_800_u64 });
/// let token = encode(&Header::default(), &claims, &EncodingKey::from_secret(&[7; 32])?)?;
///
/// let key = DecodingKey::from_secret(&[7; 32])?;
/// let verified = decode::<Value>(&token, &key, &Validation::default())?;
/// assert_eq!(verified.claims["sub"], "alice");
///
/// let wrong_key = DecodingKey::from_secret(&[8; 32])?;
/// assert!(decode::<Value>(&token, &wrong_key, &Validation::default()).is_err());
/// # Ok::<(), jsonwebtoken::errors::Error>(())
/// ```
///
/// It supports all algorithms of [`Algorithm`](crate::keys::Algorithm), and the JWK functions of jsonwebtoken,
/// including thumbprints (RFC 7638).
///
/// # Errors
///
/// Its functions check keys as [`Key`](crate::keys::Key) does:
///
/// - [`ErrorKind::Provider`], with the reason: the key is malformed or too weak. An HMAC secret must be as long
///   as the hash (RFC 7518 section 3.2), and an RSA key must have 2048 to 8192 bits.
/// - [`ErrorKind::InvalidKeyFormat`]: the key is for another family of algorithms.
/// - [`ErrorKind::UnsupportedAlgorithm`]: the algorithm, curve or hash is not supported.
#[must_use]
pub fn jsonwebtoken_provider() -> &'static CryptoProvider {
    &PROVIDER
}

static PROVIDER: CryptoProvider = CryptoProvider {
    signer_factory: |name, key| new_signer(*name, key),
    verifier_factory: |name, key| new_verifier(*name, key),
    key_utils: KeyUtils {
        rsa_pub_components_from_private_key: rsa_components_of_private_key,
        rsa_pub_components_from_public_key: rsa_components_of_public_key,
        ec_pub_components_from_private_key: ec_components_of_private_key,
        ed_pub_components_from_private_key: ed25519_component_of_private_key,
        compute_digest: |data, hash| compute_digest(data, &hash),
    },
};

struct ProviderSigner {
    name: jsonwebtoken::Algorithm,
    algorithm: Algorithm,
    key: KeySigner,
}

impl signature::Signer<Vec<u8>> for ProviderSigner {
    fn try_sign(&self, message: &[u8]) -> signature::Result<Vec<u8>> {
        self.key
            .sign(self.algorithm, message)
            .map_err(signature::Error::from_source)
    }
}

impl JwtSigner for ProviderSigner {
    fn algorithm(&self) -> jsonwebtoken::Algorithm {
        self.name
    }
}

struct ProviderVerifier {
    name: jsonwebtoken::Algorithm,
    verifier: KeyVerifier,
}

impl signature::Verifier<Vec<u8>> for ProviderVerifier {
    fn verify(&self, message: &[u8], signature: &Vec<u8>) -> signature::Result<()> {
        if self.verifier.verify(message, signature) {
            Ok(())
        } else {
            Err(signature::Error::new())
        }
    }
}

impl JwtVerifier for ProviderVerifier {
    fn algorithm(&self) -> jsonwebtoken::Algorithm {
        self.name
    }
}

fn new_signer(name: jsonwebtoken::Algorithm, key: &EncodingKey) -> Result<Box<dyn JwtSigner>> {
    let algorithm = algorithm_for(name, key.family())?;
    let key = match key.family() {
        AlgorithmFamily::Hmac => {
            // The same checks as for a key that verifies.
            hmac_secret(key.as_bytes().to_vec().into()).map_err(|problem| refused(&problem))?;
            KeySigner::secret(key.as_bytes())
        }
        AlgorithmFamily::Rsa | AlgorithmFamily::Ec | AlgorithmFamily::Ed => {
            private_key(key.as_bytes())?
        }
    };
    check(key.verification(), algorithm)?;
    Ok(Box::new(ProviderSigner {
        name,
        algorithm,
        key,
    }))
}

fn new_verifier(name: jsonwebtoken::Algorithm, key: &DecodingKey) -> Result<Box<dyn JwtVerifier>> {
    let algorithm = algorithm_for(name, key.family())?;
    let material = match (key.family(), key.kind()) {
        (AlgorithmFamily::Hmac, DecodingKeyKind::SecretOrDer(secret)) => {
            hmac_secret(secret.clone().into())
        }
        (AlgorithmFamily::Rsa, DecodingKeyKind::SecretOrDer(der)) => spki::parse_der(der),
        (AlgorithmFamily::Rsa, DecodingKeyKind::RsaModulusExponent { n, e }) => {
            KeyMaterial::rsa(n, e)
        }
        (AlgorithmFamily::Ec, DecodingKeyKind::SecretOrDer(key)) => {
            let curve = match algorithm {
                Algorithm::ES384 => Curve::P384,
                _ => Curve::P256,
            };
            or_der(KeyMaterial::ec(curve, key), key)
        }
        (AlgorithmFamily::Ed, DecodingKeyKind::SecretOrDer(key)) => {
            or_der(KeyMaterial::ed25519(key), key)
        }
        (_, DecodingKeyKind::RsaModulusExponent { .. }) => {
            return Err(ErrorKind::InvalidKeyFormat.into());
        }
    };
    let material = material.map_err(|problem| refused(&problem))?;
    check(&material, algorithm)?;
    let verifier = KeyVerifier::new(algorithm, &material).map_err(|problem| refused(&problem))?;
    Ok(Box::new(ProviderVerifier { name, verifier }))
}

/// jsonwebtoken stores the octets of a point without the `SubjectPublicKeyInfo` around them, unless the
/// application passed it a `SubjectPublicKeyInfo` as if it were a point.
fn or_der(
    material: std::result::Result<KeyMaterial, KeyProblem>,
    key: &[u8],
) -> std::result::Result<KeyMaterial, KeyProblem> {
    material.or_else(|problem| spki::parse_der(key).map_err(|_| problem))
}

/// The algorithm, if it is supported and one of the family.
fn algorithm_for(name: jsonwebtoken::Algorithm, family: AlgorithmFamily) -> Result<Algorithm> {
    use jsonwebtoken::Algorithm as Name;

    if name.family() != family {
        return Err(ErrorKind::InvalidKeyFormat.into());
    }
    match name {
        Name::HS256 => Ok(Algorithm::HS256),
        Name::HS384 => Ok(Algorithm::HS384),
        Name::HS512 => Ok(Algorithm::HS512),
        Name::RS256 => Ok(Algorithm::RS256),
        Name::RS384 => Ok(Algorithm::RS384),
        Name::RS512 => Ok(Algorithm::RS512),
        Name::PS256 => Ok(Algorithm::PS256),
        Name::PS384 => Ok(Algorithm::PS384),
        Name::PS512 => Ok(Algorithm::PS512),
        Name::ES256 => Ok(Algorithm::ES256),
        Name::ES384 => Ok(Algorithm::ES384),
        Name::EdDSA => Ok(Algorithm::EdDSA),
        // An algorithm of a later version of jsonwebtoken.
        _ => Err(ErrorKind::UnsupportedAlgorithm.into()),
    }
}

/// Checks that the key is one for the algorithm, and long enough.
fn check(material: &KeyMaterial, algorithm: Algorithm) -> Result<()> {
    if !material.algorithms().contains(&algorithm) {
        return Err(ErrorKind::InvalidKeyFormat.into());
    }
    match material {
        KeyMaterial::Secret(secret) if !material.is_long_enough_for(algorithm) => {
            Err(refused(&KeyProblem::SecretTooShort {
                octets: secret.len(),
                algorithm,
            }))
        }
        _ => Ok(()),
    }
}

fn private_key(der: &[u8]) -> Result<KeySigner> {
    KeySigner::der(der).map_err(|error| ErrorKind::Provider(error.to_string()).into())
}

/// The reason never holds key material.
fn refused(problem: &KeyProblem) -> Error {
    ErrorKind::Provider(problem.to_string()).into()
}

fn rsa_components_of_private_key(der: &[u8]) -> Result<(Vec<u8>, Vec<u8>)> {
    rsa_components(private_key(der)?.verification())
}

fn rsa_components_of_public_key(der: &[u8]) -> Result<(Vec<u8>, Vec<u8>)> {
    rsa_components(&spki::parse_der(der).map_err(|problem| refused(&problem))?)
}

fn rsa_components(material: &KeyMaterial) -> Result<(Vec<u8>, Vec<u8>)> {
    match material {
        KeyMaterial::Rsa { modulus, exponent } => Ok((modulus.clone(), exponent.clone())),
        _ => Err(ErrorKind::InvalidKeyFormat.into()),
    }
}

fn ec_components_of_private_key(
    der: &[u8],
    name: jsonwebtoken::Algorithm,
) -> Result<(EllipticCurve, Vec<u8>, Vec<u8>)> {
    let algorithm = algorithm_for(name, AlgorithmFamily::Ec)?;
    let key = private_key(der)?;
    check(key.verification(), algorithm)?;
    match key.verification() {
        KeyMaterial::Ec { curve, point } => {
            let (x, y) = curve
                .coordinates(point)
                .ok_or(ErrorKind::InvalidKeyFormat)?;
            let curve = match curve {
                Curve::P256 => EllipticCurve::P256,
                Curve::P384 => EllipticCurve::P384,
            };
            Ok((curve, x.to_vec(), y.to_vec()))
        }
        _ => Err(ErrorKind::InvalidKeyFormat.into()),
    }
}

fn ed25519_component_of_private_key(der: &[u8], curve: &EllipticCurve) -> Result<Vec<u8>> {
    if *curve != EllipticCurve::Ed25519 {
        return Err(ErrorKind::UnsupportedAlgorithm.into());
    }
    match private_key(der)?.verification() {
        KeyMaterial::Ed25519(key) => Ok(key.to_vec()),
        _ => Err(ErrorKind::InvalidKeyFormat.into()),
    }
}

fn compute_digest(data: &[u8], hash: &ThumbprintHash) -> Result<Vec<u8>> {
    backend::digest(hash, data).ok_or_else(|| ErrorKind::UnsupportedAlgorithm.into())
}
