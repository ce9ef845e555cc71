//! Keys: RFC vectors, every fault, and known attacks on verifiers. All tests run on both back ends.

mod attacks;
mod crypto_provider;
mod faults_of_jwk;
mod faults_of_sets;
mod faults_of_strength;
mod faults_of_structure;
mod key_forms;
mod key_sources;
mod rfc_vectors;
mod selection;
mod signing;
mod signing_keys;

use super::Algorithm;
use super::fault::{KeyFault, KeyProblem};
use super::key::Key;
use super::key_set::KeySet;
use super::source::KeySource;

/// The keys made with openssl for these tests.
macro_rules! key_file {
    ($name:literal) => {
        include_str!(concat!("keys/", $name, ".pem"))
    };
}
use key_file;

fn build(
    keys: impl IntoIterator<Item = Key>,
    configured: Option<&[Algorithm]>,
) -> Result<KeySet, Vec<KeyFault>> {
    let sources: Vec<_> = keys.into_iter().map(KeySource::Key).collect();
    KeySet::build(&sources, configured)
}

fn build_set(json: &str) -> Result<KeySet, Vec<KeyFault>> {
    KeySet::build(&[KeySource::KeySet(json.to_owned().into())], None)
}

fn set_of(keys: impl IntoIterator<Item = Key>) -> KeySet {
    build(keys, None).expect("these keys are in order")
}

fn problem_of(key: Key) -> KeyProblem {
    only(&build([key], None).expect_err("this key has a fault"))
}

fn only(faults: &[KeyFault]) -> KeyProblem {
    let [fault] = faults else {
        panic!("one fault was expected: {faults:?}")
    };
    fault.problem().clone()
}

fn base64url(octets: impl AsRef<[u8]>) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(octets)
}

fn from_base64url(text: &str) -> Vec<u8> {
    use base64::Engine as _;
    base64::engine::general_purpose::URL_SAFE_NO_PAD
        .decode(text)
        .expect("base64url")
}

/// A public key in all the forms it can be configured in.
fn rsa_in_every_form(modulus: &[u8], exponent: &[u8]) -> Vec<(&'static str, Key)> {
    let pkcs1 = der(0x30, &[integer(modulus), integer(exponent)].concat());
    let algorithm = der(
        0x30,
        &[der(6, super::spki::oid::RSA_ENCRYPTION), der(5, &[])].concat(),
    );
    let spki = der(0x30, &[algorithm, bit_string(&pkcs1)].concat());
    let jwk = serde_json::json!({
        "kty": "RSA",
        "n": base64url(modulus),
        "e": base64url(exponent),
    });
    vec![
        ("JWK", Key::jwk(jwk.to_string())),
        ("PKCS#1 DER", Key::der(&pkcs1)),
        ("PKCS#1 PEM", Key::pem(pem("RSA PUBLIC KEY", &pkcs1))),
        ("SPKI DER", Key::der(&spki)),
        ("SPKI PEM", Key::pem(pem("PUBLIC KEY", &spki))),
    ]
}

fn spki_ec(curve: &[u8], point: &[u8]) -> Vec<u8> {
    let algorithm = [der(6, super::spki::oid::EC_PUBLIC_KEY), der(6, curve)].concat();
    der(0x30, &[der(0x30, &algorithm), bit_string(point)].concat())
}

fn spki_ed25519(key: &[u8]) -> Vec<u8> {
    let algorithm = der(0x30, &der(6, super::spki::oid::ED25519));
    der(0x30, &[algorithm, bit_string(key)].concat())
}

fn integer(number: &[u8]) -> Vec<u8> {
    let sign = if number.first().is_none_or(|first| *first >= 0x80) {
        &[0][..]
    } else {
        &[]
    };
    der(2, &[sign, number].concat())
}

fn bit_string(octets: &[u8]) -> Vec<u8> {
    der(3, &[&[0], octets].concat())
}

fn der(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = u16::try_from(content.len())
        .expect("a short value")
        .to_be_bytes();
    let header = match length {
        [0, short @ 0..=0x7f] => vec![tag, short],
        [0, long] => vec![tag, 0x81, long],
        [high, low] => vec![tag, 0x82, high, low],
    };
    [&header, content].concat()
}

fn pem(label: &str, der: &[u8]) -> String {
    ::pem::encode(&::pem::Pem::new(label, der))
}

fn der_of(text: &str) -> Vec<u8> {
    ::pem::parse(text).expect("a PEM file").into_contents()
}
