//! Private JSON Web Keys (RFC 7517, RFC 7518 sections 6.2.2 and 6.3.2, RFC 8037 section 2).

use serde_json::{Map, Value};
use zeroize::Zeroizing;

use super::generate::ed25519_pkcs8;
use super::key_signer::KeySigner;
use crate::keys::algorithm::Algorithm;
use crate::keys::der::{BIT_STRING, INTEGER, OBJECT_IDENTIFIER, OCTET_STRING, SEQUENCE};
use crate::keys::fault::KeyProblem;
use crate::keys::jwk::{self, Jwk, PRIVATE_MEMBERS, StrictJson, octets};
use crate::keys::key_material::{Curve, KeyMaterial};
use crate::keys::spki::oid;

/// A private key, with its `kid` and its `alg`.
pub(super) struct PrivateJwk {
    pub(super) signer: KeySigner,
    pub(super) id: Option<String>,
    pub(super) algorithm: Option<Algorithm>,
}

type Octets = Zeroizing<Vec<u8>>;

pub(super) fn parse(text: &str) -> Result<PrivateJwk, KeyProblem> {
    let json = StrictJson::parse(text).map_err(KeyProblem::Malformed)?;
    let Value::Object(members) = &json.0 else {
        return Err(malformed("a JWK is a JSON object"));
    };
    if members.get("keys").is_some_and(Value::is_array) {
        return Err(malformed("it is a JWK set, not one JWK"));
    }
    if members.get("kty").is_some_and(|kty| kty == "oct") {
        return Err(malformed("it is a secret; use `HmacSecret`"));
    }
    check_operations(members)?;
    let Jwk {
        material,
        id,
        algorithm,
    } = public_half(members)?;
    if !members.contains_key("d") {
        return Err(malformed(
            "the member `d` is missing: this is a public key, and the private one is needed to sign",
        ));
    }
    let der = pkcs(members, &material)?;
    let signer = KeySigner::der(&der).map_err(|error| malformed(&error.to_string()))?;
    if *signer.verification() != material {
        return Err(malformed(
            "its private members do not match its public members",
        ));
    }
    Ok(PrivateJwk {
        signer,
        id,
        algorithm,
    })
}

/// All checks of a public JWK apply.
fn public_half(members: &Map<String, Value>) -> Result<Jwk, KeyProblem> {
    let public = members.iter().filter(|(name, _)| {
        // `key_ops` of a private key says `sign`.
        !PRIVATE_MEMBERS.contains(&name.as_str()) && *name != "key_ops"
    });
    let public = public.map(|(name, value)| (name.clone(), value.clone()));
    jwk::from_value(&Value::Object(public.collect()))
}

fn check_operations(members: &Map<String, Value>) -> Result<(), KeyProblem> {
    match members.get("key_ops") {
        None | Some(Value::Null) => Ok(()),
        Some(Value::Array(operations)) if operations.iter().any(|name| name == "sign") => Ok(()),
        Some(_) => Err(malformed("`key_ops` lacks \"sign\" (RFC 7517 section 4.3)")),
    }
}

/// The private key in PKCS#8 form, or in PKCS#1 form for RSA.
fn pkcs(members: &Map<String, Value>, public: &KeyMaterial) -> Result<Octets, KeyProblem> {
    match public {
        KeyMaterial::Secret(_) => Err(malformed("it is a secret; use `HmacSecret`")),
        KeyMaterial::Rsa { modulus, exponent } => {
            let mut numbers = integer(&[]).to_vec();
            numbers.extend_from_slice(&integer(modulus));
            numbers.extend_from_slice(&integer(exponent));
            for name in ["d", "p", "q", "dp", "dq", "qi"] {
                numbers.extend_from_slice(&integer(&octets(members, name)?));
            }
            Ok(value(SEQUENCE, &Zeroizing::new(numbers)))
        }
        KeyMaterial::Ec { curve, point } => {
            let key = exactly(octets(members, "d")?, curve.coordinate_length())?;
            Ok(ec_pkcs8(*curve, &key, point))
        }
        KeyMaterial::Ed25519(_) => {
            let key = exactly(octets(members, "d")?, 32)?;
            Ok(ed25519_pkcs8(&key))
        }
    }
}

fn exactly(octets: Octets, expected: usize) -> Result<Octets, KeyProblem> {
    if octets.len() == expected {
        return Ok(octets);
    }
    Err(KeyProblem::PointLength {
        part: "the private key `d`",
        octets: octets.len(),
        expected,
    })
}

/// RFC 5915 in PKCS#8. With the public key, so that the back end checks that the two belong together.
fn ec_pkcs8(curve: Curve, key: &[u8], point: &[u8]) -> Octets {
    /// The field `publicKey` of `ECPrivateKey`.
    const PUBLIC_KEY: u8 = 0xa1;

    let curve = match curve {
        Curve::P256 => oid::P256,
        Curve::P384 => oid::P384,
    };
    let point = value(BIT_STRING, &[&[0], point].concat());
    let ec_key = sequence(&[
        &integer(&[1]),
        &value(OCTET_STRING, key),
        &value(PUBLIC_KEY, &point),
    ]);
    sequence(&[
        &integer(&[]),
        &sequence(&[
            &value(OBJECT_IDENTIFIER, oid::EC_PUBLIC_KEY),
            &value(OBJECT_IDENTIFIER, curve),
        ]),
        &value(OCTET_STRING, &ec_key),
    ])
}

fn sequence(parts: &[&[u8]]) -> Octets {
    value(SEQUENCE, &Zeroizing::new(parts.concat()))
}

/// A non-negative INTEGER in DER.
fn integer(mut number: &[u8]) -> Octets {
    while let [0, rest @ ..] = number {
        number = rest;
    }
    // The first bit is the sign.
    let needs_zero = number.first().is_none_or(|first| *first >= 0x80);
    let zero: &[u8] = if needs_zero { &[0] } else { &[] };
    value(INTEGER, &Zeroizing::new([zero, number].concat()))
}

/// A value in DER with this tag and this content.
fn value(tag: u8, content: &[u8]) -> Octets {
    let [.., high, low] = content.len().to_be_bytes();
    let length: &[u8] = match (high, low) {
        (0, 0..=0x7f) => &[low],
        (0, _) => &[0x81, low],
        _ => &[0x82, high, low],
    };
    Zeroizing::new([&[tag], length, content].concat())
}

fn malformed(reason: &str) -> KeyProblem {
    KeyProblem::Malformed(reason.to_owned())
}
