//! The accepted encodings of valid keys.

use super::*;

fn algorithms(key: Key) -> Vec<Algorithm> {
    set_of([key]).algorithms().collect()
}

#[test]
fn a_public_key_is_read_from_pem_and_from_der() {
    for (text, expected) in [
        (key_file!("rsa_public"), Algorithm::RSA),
        (key_file!("rsa_public_pkcs1"), Algorithm::RSA),
        (key_file!("p256_public"), &[Algorithm::ES256]),
        (key_file!("p384_public"), &[Algorithm::ES384]),
        (key_file!("ed25519_public"), &[Algorithm::EdDSA]),
    ] {
        assert_eq!(algorithms(Key::pem(text)), expected, "{text}");
        assert_eq!(algorithms(Key::der(der_of(text))), expected, "{text}");
    }
}

#[test]
fn a_pem_file_may_have_text_around_the_block_and_windows_line_endings() {
    let text = key_file!("p256_public");
    for text in [
        format!("issuer key of June\n{text}\nend"),
        text.replace('\n', "\r\n"),
        text.trim_end().to_owned(),
    ] {
        assert_eq!(algorithms(Key::pem(text)), [Algorithm::ES256]);
    }
}

#[test]
fn an_hmac_secret_serves_the_algorithms_it_is_long_enough_for() {
    for (length, expected) in [(32, 1), (47, 1), (48, 2), (63, 2), (64, 3), (200, 3)] {
        assert_eq!(
            algorithms(Key::hmac(vec![7; length])),
            Algorithm::HMAC[..expected]
        );
        let jwk = format!(r#"{{"kty":"oct","k":"{}"}}"#, base64url(vec![7; length]));
        assert_eq!(algorithms(Key::jwk(jwk)), Algorithm::HMAC[..expected]);
    }
}

#[test]
fn leading_zeros_of_an_rsa_jwk_modulus_are_ignored() {
    // RFC 7518 section 6.3.1.1 says that some libraries prefix them.
    let (modulus, exponent) = sound_rsa();
    let jwk = serde_json::json!({
        "kty": "RSA",
        "n": base64url([&[0], &modulus[..]].concat()),
        "e": base64url([&[0, 0], &exponent[..]].concat()),
    });
    assert_eq!(algorithms(Key::jwk(jwk.to_string())), Algorithm::RSA);
}

#[test]
fn all_forms_of_one_rsa_key_are_the_same_key() {
    let (modulus, exponent) = sound_rsa();
    let keys = set_of(
        rsa_in_every_form(&modulus, &exponent)
            .into_iter()
            .map(|(_, key)| key),
    );
    let crate::keys::key_set::Selection::Candidates(candidates) =
        keys.select(None, Algorithm::RS256)
    else {
        panic!("the key was expected");
    };
    assert_eq!(candidates.len(), 1);
}

#[test]
fn the_longest_rsa_key_of_the_back_end_is_accepted() {
    let mut modulus = vec![0xff; crate::keys::key_material::RSA_MODULUS_MAX_BITS / 8];
    for (form, key) in rsa_in_every_form(&modulus, &[1, 0, 1]) {
        assert_eq!(algorithms(key), Algorithm::RSA, "{form}");
    }
    // A bit string of that length is a signature like any other.
    modulus[0] = 0x7f;
    let keys = set_of([rsa_in_every_form(&[0xff; 512], &[3]).remove(0).1]);
    assert!(
        keys.verify(None, Algorithm::RS256, b"a.b", &[0xfe; 512])
            .is_err()
    );
}

#[test]
fn unrelated_members_of_a_jwk_are_ignored() {
    let (modulus, exponent) = sound_rsa();
    let jwk = serde_json::json!({
        "kty": "RSA",
        "use": "sig",
        "key_ops": ["verify", "sign"],
        "x5c": ["not a certificate"],
        "x5t": 7,
        "ext": true,
        "n": base64url(modulus),
        "e": base64url(exponent),
    });
    assert_eq!(algorithms(Key::jwk(jwk.to_string())), Algorithm::RSA);
}

/// The numbers of a key made with openssl.
fn sound_rsa() -> (Vec<u8>, Vec<u8>) {
    use crate::keys::signing::KeySigner;
    let jwk = KeySigner::pem(key_file!("rsa_private"))
        .unwrap()
        .public_jwk()
        .unwrap();
    let number = |name: &str| from_base64url(jwk[name].as_str().unwrap());
    (number("n"), number("e"))
}
