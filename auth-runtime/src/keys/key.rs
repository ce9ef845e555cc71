//! A verification key as the user hands it over, before anything is parsed.

use std::fmt;

use zeroize::Zeroizing;

/// One key that verifies tokens.
///
/// Making a `Key` never fails: what it holds is parsed and checked when the
/// `Auth` is built, where every fault of every key is reported together.
///
/// There is no `Clone`: a secret should exist once. The memory is wiped on
/// drop and [`Debug`](fmt::Debug) shows no content.
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
    /// It needs at least as many octets as the hash puts out: 32, 48 or 64
    /// (RFC 7518 section 3.2). The octets are taken as they are; decode a
    /// secret that is handed out as hex or base64 first.
    #[must_use]
    pub fn hmac(secret: impl AsRef<[u8]>) -> Self {
        Self::new(Content::Secret(secret.as_ref().to_vec().into()))
    }

    /// A public key in PEM form: `PUBLIC KEY` (`SubjectPublicKeyInfo`) or
    /// `RSA PUBLIC KEY` (PKCS#1).
    ///
    /// A private key or a certificate is refused, with the command that
    /// extracts the public key.
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

    /// Names the key, so that it verifies only tokens whose header has this
    /// `kid`, or none. Replaces the `kid` member of a JWK.
    #[must_use]
    pub fn with_id(mut self, kid: impl Into<String>) -> Self {
        self.id = Some(kid.into());
        self
    }

    fn new(content: Content) -> Self {
        Self { content, id: None }
    }

    /// What it was made from, for messages.
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
