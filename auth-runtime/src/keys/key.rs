//! A verification key as it is configured, before anything is parsed.

use std::fmt;

use zeroize::Zeroizing;

/// One key that verifies tokens.
///
/// Making a `Key` never fails. The key is parsed and checked when the `Auth`
/// is built, which reports the faults of all keys together.
///
/// A `Key` can't be cloned, so that a secret exists once in memory. The memory
/// is wiped on drop, and [`Debug`](fmt::Debug) shows no content.
pub struct Key {
    pub(super) content: Content,
    pub(super) id: Option<String>,
}

pub(super) enum Content {
    Secret(Zeroizing<Vec<u8>>),
    Pem(Zeroizing<Vec<u8>>),
    Der(Zeroizing<Vec<u8>>),
    Jwk(Zeroizing<String>),
}

impl Key {
    /// A secret shared with the issuer, for HS256, HS384 and HS512.
    ///
    /// It must be at least as long as the output of the hash: 32, 48 or 64
    /// octets (RFC 7518 section 3.2). The octets are used as they are: decode a
    /// secret in hex or base64 first.
    #[must_use]
    pub fn hmac(secret: impl AsRef<[u8]>) -> Self {
        Self::new(Content::Secret(secret.as_ref().to_vec().into()))
    }

    /// A public key in PEM form: `PUBLIC KEY` (`SubjectPublicKeyInfo`) or
    /// `RSA PUBLIC KEY` (PKCS#1).
    ///
    /// A private key or a certificate is refused; the message says how to
    /// extract the public key.
    #[must_use]
    pub fn pem(pem: impl AsRef<[u8]>) -> Self {
        Self::new(Content::Pem(pem.as_ref().to_vec().into()))
    }

    /// A public key in DER form: `SubjectPublicKeyInfo` or PKCS#1
    /// `RSAPublicKey`.
    #[must_use]
    pub fn der(der: impl AsRef<[u8]>) -> Self {
        Self::new(Content::Der(der.as_ref().to_vec().into()))
    }

    /// One JSON Web Key as JSON text (RFC 7517): `RSA`, `EC` (P-256, P-384),
    /// `OKP` (Ed25519) or `oct`.
    ///
    /// Its `kid`, `alg`, `use` and `key_ops` members are honoured.
    #[must_use]
    pub fn jwk(json: impl Into<String>) -> Self {
        Self::new(Content::Jwk(json.into().into()))
    }

    /// Sets the key ID. The key then verifies only tokens whose header has
    /// this `kid`, or no `kid`. Replaces the `kid` member of a JWK.
    #[must_use]
    pub fn with_id(mut self, kid: impl Into<String>) -> Self {
        self.id = Some(kid.into());
        self
    }

    fn new(content: Content) -> Self {
        Self { content, id: None }
    }

    /// The form in which the key was given, for messages.
    pub(super) fn form(&self) -> &'static str {
        match self.content {
            Content::Secret(_) => "secret",
            Content::Pem(_) => "PEM",
            Content::Der(_) => "DER",
            Content::Jwk(_) => "JWK",
        }
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Key")
            .field("form", &self.form())
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}
