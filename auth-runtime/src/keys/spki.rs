//! Public keys in PEM and DER: `SubjectPublicKeyInfo` (RFC 5280, RFC 5480,
//! RFC 8410) and PKCS#1 `RSAPublicKey` (RFC 8017).

use super::der::{DerReader, INTEGER, NULL, NotDer, OBJECT_IDENTIFIER, SEQUENCE};
use super::fault::KeyProblem;
use super::key_material::{Curve, KeyMaterial};
use super::pem;

pub(super) mod oid {
    //! Object identifiers, as the content octets of their DER form.

    pub(in super::super) const RSA_ENCRYPTION: &[u8] =
        &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];
    pub(super) const RSASSA_PSS: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0a];
    pub(in super::super) const EC_PUBLIC_KEY: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01];
    pub(in super::super) const P256: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];
    pub(in super::super) const P384: &[u8] = &[0x2b, 0x81, 0x04, 0x00, 0x22];
    pub(super) const P521: &[u8] = &[0x2b, 0x81, 0x04, 0x00, 0x23];
    pub(super) const SECP256K1: &[u8] = &[0x2b, 0x81, 0x04, 0x00, 0x0a];
    pub(super) const X25519: &[u8] = &[0x2b, 0x65, 0x6e];
    pub(super) const X448: &[u8] = &[0x2b, 0x65, 0x6f];
    pub(in super::super) const ED25519: &[u8] = &[0x2b, 0x65, 0x70];
    pub(super) const ED448: &[u8] = &[0x2b, 0x65, 0x71];
}

pub(super) fn parse_pem(text: &[u8]) -> Result<KeyMaterial, KeyProblem> {
    let block = pem::parse(text)?;
    match block.label.as_str() {
        "PUBLIC KEY" => parse_subject_public_key_info(&block.der),
        "RSA PUBLIC KEY" => parse_rsa_public_key(&block.der),
        "CERTIFICATE" | "X509 CERTIFICATE" | "TRUSTED CERTIFICATE" => Err(KeyProblem::Certificate),
        label if label.ends_with("PRIVATE KEY") => Err(KeyProblem::PrivateKey),
        label => Err(malformed(&format!(
            "the PEM block is labelled {label:?}; expected \"PUBLIC KEY\" or \"RSA PUBLIC KEY\""
        ))),
    }
}

pub(super) fn parse_der(der: &[u8]) -> Result<KeyMaterial, KeyProblem> {
    // The first values tell which structure it is. Only that one is parsed, so
    // that the message is about it.
    match classify(der) {
        Ok(Structure::SubjectPublicKeyInfo) => parse_subject_public_key_info(der),
        Ok(Structure::RsaPublicKey) => parse_rsa_public_key(der),
        Ok(Structure::PrivateKey) => Err(KeyProblem::PrivateKey),
        Ok(Structure::Certificate) => Err(KeyProblem::Certificate),
        Err(NotDer) if der.starts_with(b"-----BEGIN") => {
            Err(malformed("it is PEM, not DER; use `Key::pem`"))
        }
        Err(NotDer) => Err(malformed("it is not the DER form of a public key")),
    }
}

enum Structure {
    SubjectPublicKeyInfo,
    RsaPublicKey,
    PrivateKey,
    Certificate,
}

fn classify(der: &[u8]) -> Result<Structure, NotDer> {
    let mut outer = DerReader::new(der).sequence()?;
    match outer.peek() {
        // PKCS#1, PKCS#8 and SEC 1 private keys begin with a version, 0 or 1.
        Some(INTEGER) => Ok(match outer.unsigned_integer()? {
            [] | [1] => Structure::PrivateKey,
            _ => Structure::RsaPublicKey,
        }),
        Some(SEQUENCE) => Ok(match outer.sequence()?.peek() {
            Some(OBJECT_IDENTIFIER) => Structure::SubjectPublicKeyInfo,
            _ => Structure::Certificate,
        }),
        _ => Err(NotDer),
    }
}

fn parse_subject_public_key_info(der: &[u8]) -> Result<KeyMaterial, KeyProblem> {
    let (algorithm, parameters, key) = split_subject_public_key_info(der)
        .map_err(|NotDer| malformed("it is not a DER SubjectPublicKeyInfo (RFC 5280)"))?;
    match algorithm {
        oid::RSA_ENCRYPTION => {
            expect_null(parameters).map_err(|NotDer| {
                malformed("the parameters of rsaEncryption must be NULL (RFC 3279)")
            })?;
            parse_rsa_public_key(key)
        }
        oid::RSASSA_PSS => Err(KeyProblem::UnsupportedKeyType("id-RSASSA-PSS".to_owned())),
        oid::EC_PUBLIC_KEY => KeyMaterial::ec(named_curve(parameters)?, key),
        oid::ED25519 if parameters.peek().is_none() => KeyMaterial::ed25519(key),
        oid::ED25519 => Err(malformed("an Ed25519 key has no parameters (RFC 8410)")),
        oid::ED448 => Err(unsupported_curve("Ed448")),
        oid::X25519 => Err(unsupported_curve("X25519")),
        oid::X448 => Err(unsupported_curve("X448")),
        _ => Err(KeyProblem::UnsupportedKeyType(
            "unknown (by its OID)".to_owned(),
        )),
    }
}

/// The algorithm's identifier, its parameters, and the octets of the key.
fn split_subject_public_key_info(der: &[u8]) -> Result<(&[u8], DerReader<'_>, &[u8]), NotDer> {
    let mut outer = DerReader::new(der);
    let mut info = outer.sequence()?;
    outer.finish()?;
    let mut algorithm = info.sequence()?;
    let key = info.octets_of_bit_string()?;
    info.finish()?;
    Ok((algorithm.read(OBJECT_IDENTIFIER)?, algorithm, key))
}

fn expect_null(mut parameters: DerReader<'_>) -> Result<(), NotDer> {
    if !parameters.read(NULL)?.is_empty() {
        return Err(NotDer);
    }
    parameters.finish()
}

fn named_curve(mut parameters: DerReader<'_>) -> Result<Curve, KeyProblem> {
    // CVE-2020-0601 used curve parameters that are written out in full; RFC
    // 5480 section 2.1.1 forbids them.
    let curve = parameters.read(OBJECT_IDENTIFIER).and_then(|curve| {
        parameters.finish()?;
        Ok(curve)
    });
    match curve {
        Ok(oid::P256) => Ok(Curve::P256),
        Ok(oid::P384) => Ok(Curve::P384),
        Ok(oid::P521) => Err(unsupported_curve("P-521")),
        Ok(oid::SECP256K1) => Err(unsupported_curve("secp256k1")),
        Ok(_) => Err(unsupported_curve("of this key (by its OID)")),
        Err(NotDer) => Err(malformed("the curve must be given by its name (RFC 5480)")),
    }
}

fn parse_rsa_public_key(der: &[u8]) -> Result<KeyMaterial, KeyProblem> {
    let (modulus, exponent) = split_rsa_public_key(der)
        .map_err(|NotDer| malformed("it is not a DER RSAPublicKey (RFC 8017)"))?;
    KeyMaterial::rsa(modulus, exponent)
}

fn split_rsa_public_key(der: &[u8]) -> Result<(&[u8], &[u8]), NotDer> {
    let mut outer = DerReader::new(der);
    let mut key = outer.sequence()?;
    outer.finish()?;
    let modulus = key.unsigned_integer()?;
    let exponent = key.unsigned_integer()?;
    key.finish()?;
    Ok((modulus, exponent))
}

fn unsupported_curve(name: &str) -> KeyProblem {
    KeyProblem::UnsupportedCurve(name.to_owned())
}

fn malformed(reason: &str) -> KeyProblem {
    KeyProblem::Malformed(reason.to_owned())
}
