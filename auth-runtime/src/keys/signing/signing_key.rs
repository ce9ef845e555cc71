//! A key that signs, as it is configured: nothing is parsed, read or generated yet.

use std::fmt;
use std::path::PathBuf;

use ::pem::{EncodeConfig, LineEnding, Pem};
use zeroize::Zeroizing;

use super::file::read_or_create;
use super::generate::generate;
use super::issuer_keys::{IssuerKey, LoadedKey, Unloaded};
use super::key_signer::{KeySigner, SigningError};
use super::private_jwk::{self, PrivateJwk};
use crate::keys::algorithm::Algorithm;
use crate::keys::fault::{KeyFault, KeyProblem};
use crate::keys::hmac_secret::hmac_secret;

/// A private key that signs tokens, for [`TokenIssuer`](crate::TokenIssuer).
///
/// Making a `SigningKey` never fails. It is read and checked when the issuer is built or its keys are replaced, which
/// reports the faults of all keys together. The checks are those of the keys that verify: an RSA key must have at
/// least 2048 bits.
///
/// | key | algorithm, unless [`algorithm`](Self::algorithm) is called |
/// |---|---|
/// | P-256 | ES256 |
/// | P-384 | ES384 |
/// | Ed25519 | `EdDSA` |
/// | RSA | RS256 |
///
/// Its key ID (`kid`) is its thumbprint (RFC 7638), unless the JWK has a `kid` or [`with_id`](Self::with_id) is
/// called.
///
/// A `SigningKey` can't be cloned, so that the key exists once in memory. The memory is wiped on drop, and
/// [`Debug`](fmt::Debug) shows no content.
pub struct SigningKey {
    content: Content,
    id: Option<String>,
    algorithm: Option<Algorithm>,
}

enum Content {
    Pem(Zeroizing<Vec<u8>>),
    Der(Zeroizing<Vec<u8>>),
    Jwk(Zeroizing<String>),
    PemFile(PathBuf),
    PemFileOrGenerate(PathBuf),
    Generate,
}

impl SigningKey {
    /// A private key in PEM form: `PRIVATE KEY` (PKCS#8) or `RSA PRIVATE KEY` (PKCS#1).
    #[must_use]
    pub fn pem(pem: impl AsRef<[u8]>) -> Self {
        Self::new(Content::Pem(pem.as_ref().to_vec().into()))
    }

    /// A private key in DER form: PKCS#8, or PKCS#1 for RSA.
    #[must_use]
    pub fn der(der: impl AsRef<[u8]>) -> Self {
        Self::new(Content::Der(der.as_ref().to_vec().into()))
    }

    /// A private key as a JSON Web Key (RFC 7517): `EC`, `OKP` (Ed25519), or `RSA` with all members of its private
    /// key. Its members `kid`, `alg`, `use` and `key_ops` are honoured.
    #[must_use]
    pub fn jwk(json: impl Into<String>) -> Self {
        Self::new(Content::Jwk(json.into().into()))
    }

    /// A private key in a PEM file, which must exist. Its permissions are not checked, because secrets that are mounted
    /// into a container often have a group.
    #[must_use]
    pub fn pem_file(path: impl Into<PathBuf>) -> Self {
        Self::new(Content::PemFile(path.into()))
    }

    /// A private key in a PEM file. If the file does not exist, it is created with a new key: a P-256 key, or an
    /// Ed25519 key if [`algorithm`](Self::algorithm) is `EdDSA`.
    ///
    /// * On Unix, only the owner can access the new file (mode 600). A file that its group or others can access is
    ///   refused, because the key may be known to them. So is a file of a user who is neither root nor the user of the
    ///   process, because that user can replace the key.
    /// * The file appears with its whole content, or not at all. If several processes start at the same time, all of
    ///   them use the same key.
    /// * The folder must belong to the service. In a folder such as `/tmp`, another user could create the file first, so
    ///   that the service does not start.
    /// * The file system must support hard links.
    #[must_use]
    pub fn pem_file_or_generate(path: impl Into<PathBuf>) -> Self {
        Self::new(Content::PemFileOrGenerate(path.into()))
    }

    /// A new key, which is lost when the process ends: its tokens are then invalid, and other nodes never accept them.
    /// The key is as in [`pem_file_or_generate`](Self::pem_file_or_generate).
    #[must_use]
    pub fn generate() -> Self {
        Self::new(Content::Generate)
    }

    /// Sets the key ID, the `kid` of the tokens and of the published key. Replaces the `kid` of a JWK.
    #[must_use]
    pub fn with_id(mut self, kid: impl Into<String>) -> Self {
        self.id = Some(kid.into());
        self
    }

    /// Sets the algorithm, which must be one of this type of key. If the JWK has an `alg`, it must be the same.
    #[must_use]
    pub fn algorithm(mut self, algorithm: Algorithm) -> Self {
        self.algorithm = Some(algorithm);
        self
    }

    fn new(content: Content) -> Self {
        Self {
            content,
            id: None,
            algorithm: None,
        }
    }

    fn form(&self) -> &'static str {
        match self.content {
            Content::Pem(_) => "PEM",
            Content::Der(_) => "DER",
            Content::Jwk(_) => "JWK",
            Content::PemFile(_) | Content::PemFileOrGenerate(_) => "PEM file",
            Content::Generate => "generated",
        }
    }

    fn read(&self) -> Result<PrivateJwk, KeyProblem> {
        let new_key = || generate(self.algorithm.unwrap_or(Algorithm::ES256));
        let signer = match &self.content {
            Content::Jwk(text) => return private_jwk::parse(text),
            Content::Pem(text) => KeySigner::pem(text),
            Content::Der(der) => KeySigner::der(der),
            Content::PemFile(path) => {
                let text = std::fs::read(path)
                    .map_err(|error| KeyProblem::UnreadableFile(error.to_string()))?;
                KeySigner::pem(Zeroizing::new(text))
            }
            Content::PemFileOrGenerate(path) => {
                KeySigner::pem(read_or_create(path, || Ok(pem_of(&new_key()?)))?)
            }
            Content::Generate => KeySigner::der(new_key()?),
        };
        Ok(PrivateJwk {
            signer: signer.map_err(|error| malformed(&error))?,
            id: None,
            algorithm: None,
        })
    }
}

impl IssuerKey for SigningKey {}

impl Unloaded for SigningKey {
    fn load(self, number: usize) -> Result<LoadedKey, KeyFault> {
        let place = match (&self.content, &self.id) {
            (Content::PemFile(path) | Content::PemFileOrGenerate(path), _) => {
                format!("PEM file {}", path.display())
            }
            (_, Some(id)) => format!("signing key {number} ({}, kid {id:?})", self.form()),
            (_, None) => format!("signing key {number} ({})", self.form()),
        };
        let loaded = self.read().and_then(|read| {
            let own = read.signer.algorithms();
            let algorithm = match (self.algorithm, read.algorithm) {
                (Some(wanted), Some(declared)) if wanted != declared => {
                    return Err(unusable(&[declared], wanted));
                }
                (Some(wanted), _) if !own.contains(&wanted) => return Err(unusable(own, wanted)),
                (wanted, declared) => wanted.or(declared).or(own.first().copied()),
            };
            let id = self.id.or(read.id).or_else(|| read.signer.thumbprint());
            match (algorithm, id) {
                (Some(algorithm), Some(id)) => Ok((read.signer, algorithm, id)),
                _ => Err(KeyProblem::Malformed("it is not a private key".to_owned())),
            }
        });
        loaded_from(place, loaded)
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("SigningKey")
            .field("form", &self.form())
            .field("id", &self.id)
            .field("algorithm", &self.algorithm)
            .finish_non_exhaustive()
    }
}

/// A secret that signs tokens, for [`TokenIssuer`](crate::TokenIssuer): HS256, unless
/// [`algorithm`](Self::algorithm) is called.
///
/// Everyone who can verify such a token can also sign one, so the secret must not leave the service, and an issuer
/// with a secret publishes no keys.
///
/// The secret must be at least as long as the output of the hash: 32, 48 or 64 octets (RFC 7518 section 3.2). This is
/// checked when the issuer is built. Its key ID (`kid`) is computed from the secret and does not disclose it.
///
/// An `HmacSecret` can't be cloned, so that the secret exists once in memory. The memory is wiped on drop, and
/// [`Debug`](fmt::Debug) shows no content.
pub struct HmacSecret {
    secret: Zeroizing<Vec<u8>>,
    id: Option<String>,
    algorithm: Algorithm,
}

impl HmacSecret {
    /// The octets are used as they are: decode a secret in hex or base64 first.
    #[must_use]
    pub fn new(secret: impl AsRef<[u8]>) -> Self {
        Self {
            secret: secret.as_ref().to_vec().into(),
            id: None,
            algorithm: Algorithm::HS256,
        }
    }

    /// Sets the key ID, the `kid` of the tokens.
    #[must_use]
    pub fn with_id(mut self, kid: impl Into<String>) -> Self {
        self.id = Some(kid.into());
        self
    }

    /// Sets the algorithm: HS256, HS384 or HS512.
    #[must_use]
    pub fn algorithm(mut self, algorithm: Algorithm) -> Self {
        self.algorithm = algorithm;
        self
    }
}

impl IssuerKey for HmacSecret {}

impl Unloaded for HmacSecret {
    fn load(self, number: usize) -> Result<LoadedKey, KeyFault> {
        let place = match &self.id {
            Some(id) => format!("secret {number} (kid {id:?})"),
            None => format!("secret {number}"),
        };
        let Self {
            secret,
            id,
            algorithm,
        } = self;
        let signer = KeySigner::secret(&*secret);
        let loaded = hmac_secret(secret).and_then(|_| {
            if !signer.algorithms().contains(&algorithm) {
                return Err(unusable(signer.algorithms(), algorithm));
            }
            let id = id.or_else(|| signer.thumbprint());
            let id = id.ok_or_else(|| KeyProblem::Malformed("it can't sign".to_owned()))?;
            Ok((signer, algorithm, id))
        });
        loaded_from(place, loaded)
    }
}

impl fmt::Debug for HmacSecret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("HmacSecret")
            .field("id", &self.id)
            .field("algorithm", &self.algorithm)
            .finish_non_exhaustive()
    }
}

fn loaded_from(
    place: String,
    key: Result<(KeySigner, Algorithm, String), KeyProblem>,
) -> Result<LoadedKey, KeyFault> {
    match key {
        Ok((signer, algorithm, id)) => Ok(LoadedKey {
            place,
            signer,
            algorithm,
            id,
        }),
        Err(problem) => Err(KeyFault::of(place, problem)),
    }
}

fn pem_of(der: &[u8]) -> Zeroizing<Vec<u8>> {
    let config = EncodeConfig::new().set_line_ending(LineEnding::LF);
    let text = ::pem::encode_config(&Pem::new("PRIVATE KEY", der), config);
    Zeroizing::new(text.into_bytes())
}

fn malformed(error: &SigningError) -> KeyProblem {
    KeyProblem::Malformed(error.to_string())
}

fn unusable(own: &[Algorithm], wanted: Algorithm) -> KeyProblem {
    KeyProblem::Unusable {
        key: own.to_vec(),
        configured: vec![wanted],
    }
}
