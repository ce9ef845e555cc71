//! The functions that jsonwebtoken calls. `tests/jsonwebtoken` calls them through jsonwebtoken.

use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::jwk::{EllipticCurve, ThumbprintHash};
use jsonwebtoken::{Algorithm as Name, AlgorithmFamily, DecodingKey, EncodingKey};

use super::*;
use crate::jsonwebtoken_provider;
use crate::keys::signing::KeySigner;

const INPUT: &[u8] = b"header.payload";
const NAMES: [Name; 12] = [
    Name::HS256,
    Name::HS384,
    Name::HS512,
    Name::RS256,
    Name::RS384,
    Name::RS512,
    Name::PS256,
    Name::PS384,
    Name::PS512,
    Name::ES256,
    Name::ES384,
    Name::EdDSA,
];

fn own(name: Name) -> Algorithm {
    Algorithm::from_name(&format!("{name:?}")).unwrap()
}

/// The key that signs with an algorithm, in the form in which jsonwebtoken holds it.
fn private(name: Name) -> EncodingKey {
    match name {
        Name::ES256 => EncodingKey::from_ec_der(&der_of(key_file!("p256_private"))),
        Name::ES384 => EncodingKey::from_ec_der(&der_of(key_file!("p384_private"))),
        Name::EdDSA => EncodingKey::from_ed_der(&der_of(key_file!("ed25519_private"))),
        _ if name.family() == AlgorithmFamily::Hmac => EncodingKey::from_secret(&[7; 64]).unwrap(),
        _ => EncodingKey::from_rsa_der(&der_of(key_file!("rsa_private_pkcs1"))),
    }
}

/// The last octets of a `SubjectPublicKeyInfo`, which are the key.
fn key_octets(text: &str, length: usize) -> Vec<u8> {
    let der = der_of(text);
    der[der.len() - length..].to_vec()
}

/// The keys that verify an algorithm: in the form in which jsonwebtoken holds them, and as
/// `SubjectPublicKeyInfo`.
fn public(name: Name) -> Vec<DecodingKey> {
    let (ec, ed) = (DecodingKey::from_ec_der, DecodingKey::from_ed_der);
    match name {
        Name::ES256 => vec![
            ec(&key_octets(key_file!("p256_public"), 65)),
            ec(&der_of(key_file!("p256_public"))),
        ],
        Name::ES384 => vec![
            ec(&key_octets(key_file!("p384_public"), 97)),
            ec(&der_of(key_file!("p384_public"))),
        ],
        Name::EdDSA => vec![
            ed(&key_octets(key_file!("ed25519_public"), 32)),
            ed(&der_of(key_file!("ed25519_public"))),
        ],
        _ if name.family() == AlgorithmFamily::Hmac => {
            vec![DecodingKey::from_secret(&[7; 64]).unwrap()]
        }
        _ => {
            let der = der_of(key_file!("rsa_public_pkcs1"));
            let (n, e) = (jsonwebtoken_provider()
                .key_utils
                .rsa_pub_components_from_public_key)(&der)
            .unwrap();
            vec![
                DecodingKey::from_rsa_der(&der),
                DecodingKey::from_rsa_der(&der_of(key_file!("rsa_public"))),
                DecodingKey::from_rsa_raw_components(&n, &e),
            ]
        }
    }
}

fn wrong(name: Name) -> DecodingKey {
    match name {
        Name::ES256 => DecodingKey::from_ec_der(&key_octets(key_file!("p256_other_public"), 65)),
        Name::ES384 => DecodingKey::from_ec_der(&key_octets(key_file!("p384_other_public"), 97)),
        Name::EdDSA => DecodingKey::from_ed_der(&key_octets(key_file!("ed25519_other_public"), 32)),
        _ if name.family() == AlgorithmFamily::Hmac => DecodingKey::from_secret(&[8; 64]).unwrap(),
        _ => DecodingKey::from_rsa_der(&der_of(key_file!("rsa_other_public"))),
    }
}

fn sign(name: Name, key: &EncodingKey) -> Result<Vec<u8>, ErrorKind> {
    let signer = (jsonwebtoken_provider().signer_factory)(&name, key)
        .map_err(jsonwebtoken::errors::Error::into_kind)?;
    assert_eq!(signer.algorithm(), name);
    Ok(signer.try_sign(INPUT).expect("a signature"))
}

fn verify(name: Name, key: &DecodingKey, signature: &[u8]) -> Result<bool, ErrorKind> {
    let verifier = (jsonwebtoken_provider().verifier_factory)(&name, key)
        .map_err(jsonwebtoken::errors::Error::into_kind)?;
    assert_eq!(verifier.algorithm(), name);
    Ok(verifier.verify(INPUT, &signature.to_vec()).is_ok())
}

#[test]
fn every_algorithm_signs_and_verifies_for_jsonwebtoken_and_for_a_guard() {
    for name in NAMES {
        let signature = sign(name, &private(name)).unwrap();
        for key in public(name) {
            assert_eq!(verify(name, &key, &signature), Ok(true), "{name:?}");
            let mut altered = signature.clone();
            altered[0] ^= 1;
            assert_eq!(verify(name, &key, &altered), Ok(false), "{name:?}");
            let cut = &signature[1..];
            assert_eq!(verify(name, &key, cut), Ok(false), "{name:?}");
        }
        assert_eq!(
            verify(name, &wrong(name), &signature),
            Ok(false),
            "{name:?}"
        );

        let signing = match name.family() {
            AlgorithmFamily::Hmac => KeySigner::secret([7; 64]),
            _ => KeySigner::der(private(name).as_bytes()).unwrap(),
        };
        let guard = set_of([signing.verification_key().unwrap()]);
        assert_eq!(
            guard.verify(None, own(name), INPUT, &signature),
            Ok(()),
            "{name:?}"
        );
    }
}

#[test]
fn a_key_of_another_algorithm_family_is_an_error_in_the_crypto_provider() {
    for name in NAMES {
        for other in NAMES
            .into_iter()
            .filter(|other| other.family() != name.family())
        {
            let refused = Err(ErrorKind::InvalidKeyFormat);
            assert_eq!(
                sign(name, &private(other)),
                refused.clone(),
                "{name:?} {other:?}"
            );
            for key in public(other) {
                let refused = Err(ErrorKind::InvalidKeyFormat);
                assert_eq!(verify(name, &key, &[0; 64]), refused, "{name:?} {other:?}");
            }
        }
    }
}

#[test]
fn a_key_labelled_with_another_algorithm_family_is_an_error() {
    let rsa = der_of(key_file!("rsa_private"));
    assert!(sign(Name::ES256, &EncodingKey::from_ec_der(&rsa)).is_err());
    assert!(sign(Name::EdDSA, &EncodingKey::from_ed_der(&rsa)).is_err());
    let ec = der_of(key_file!("p256_private"));
    assert!(sign(Name::RS256, &EncodingKey::from_rsa_der(&ec)).is_err());
    assert!(sign(Name::ES384, &EncodingKey::from_ec_der(&ec)).is_err());
    let rsa = der_of(key_file!("rsa_public"));
    assert!(verify(Name::ES256, &DecodingKey::from_ec_der(&rsa), &[0; 64]).is_err());
    let p384 = key_octets(key_file!("p384_public"), 97);
    assert!(verify(Name::ES256, &DecodingKey::from_ec_der(&p384), &[0; 64]).is_err());
}

/// The reason for which a key is refused.
fn reason<T: std::fmt::Debug>(result: Result<T, ErrorKind>) -> String {
    match result {
        Err(ErrorKind::Provider(reason)) => reason,
        other => panic!("no error of the provider: {other:?}"),
    }
}

#[test]
fn the_crypto_provider_refuses_a_weak_key_with_the_reason_of_a_guard() {
    let short = [7; 31];
    let expected = "the secret has 31 octets; HS256 needs at least 32 (RFC 7518 section 3.2)";
    let key = EncodingKey::from_secret(&short).unwrap();
    assert_eq!(reason(sign(Name::HS256, &key)), expected);
    let key = DecodingKey::from_secret(&short).unwrap();
    assert_eq!(reason(verify(Name::HS256, &key, &[0; 32])), expected);
    let long_enough_for_hs256 = EncodingKey::from_secret(&[7; 32]).unwrap();
    assert!(reason(sign(Name::HS384, &long_enough_for_hs256)).contains("at least 48"));

    let secret = EncodingKey::from_secret(key_file!("rsa_public").as_bytes()).unwrap();
    assert!(reason(sign(Name::HS256, &secret)).contains("PEM"));

    let rsa = DecodingKey::from_rsa_der(&der_of(key_file!("rsa_1024_public_pkcs1")));
    assert!(reason(verify(Name::RS256, &rsa, &[0; 128])).contains("1024 bits"));
    let small_order = DecodingKey::from_ed_der(&[0; 32]);
    assert!(reason(verify(Name::EdDSA, &small_order, &[0; 64])).contains("small order"));
    let point = [&[4][..], &[1; 64]].concat();
    let off_curve = DecodingKey::from_ec_der(&point);
    assert!(reason(verify(Name::ES256, &off_curve, &[0; 64])).contains("curve P-256"));
}

#[test]
fn a_malformed_key_is_an_error_and_not_a_panic_in_the_crypto_provider() {
    let p521 = der_of(key_file!("p521_public"));
    for octets in [
        &[][..],
        &[4],
        &[0x30],
        &[0x30, 0],
        &[1; 31],
        &[0xff; 300],
        &p521,
    ] {
        for name in NAMES {
            let (private, public) = match name.family() {
                AlgorithmFamily::Hmac => continue,
                AlgorithmFamily::Rsa => (
                    EncodingKey::from_rsa_der(octets),
                    DecodingKey::from_rsa_der(octets),
                ),
                AlgorithmFamily::Ec => (
                    EncodingKey::from_ec_der(octets),
                    DecodingKey::from_ec_der(octets),
                ),
                AlgorithmFamily::Ed => (
                    EncodingKey::from_ed_der(octets),
                    DecodingKey::from_ed_der(octets),
                ),
            };
            reason(sign(name, &private));
            reason(verify(name, &public, &[0; 64]));
        }
    }
}

#[test]
fn the_crypto_provider_extracts_the_public_components_of_a_key() {
    let utilities = &jsonwebtoken_provider().key_utils;
    let jwk = |text: &str| KeySigner::pem(text).unwrap().public_jwk().unwrap();
    let member = |jwk: &serde_json::Value, name: &str| from_base64url(jwk[name].as_str().unwrap());

    let expected = jwk(key_file!("rsa_private"));
    let expected = (member(&expected, "n"), member(&expected, "e"));
    for text in [key_file!("rsa_private"), key_file!("rsa_private_pkcs1")] {
        let components = (utilities.rsa_pub_components_from_private_key)(&der_of(text));
        assert_eq!(components.unwrap(), expected);
    }
    for text in [key_file!("rsa_public"), key_file!("rsa_public_pkcs1")] {
        let components = (utilities.rsa_pub_components_from_public_key)(&der_of(text));
        assert_eq!(components.unwrap(), expected);
    }

    let ec = utilities.ec_pub_components_from_private_key;
    for (text, name, curve) in [
        (key_file!("p256_private"), Name::ES256, EllipticCurve::P256),
        (key_file!("p384_private"), Name::ES384, EllipticCurve::P384),
    ] {
        let expected = jwk(text);
        let expected = (curve, member(&expected, "x"), member(&expected, "y"));
        assert_eq!(ec(&der_of(text), name).unwrap(), expected);
    }
    assert!(ec(&der_of(key_file!("p256_private")), Name::ES384).is_err());
    assert!(ec(&der_of(key_file!("p256_private")), Name::RS256).is_err());
    assert!(ec(&der_of(key_file!("rsa_private")), Name::ES256).is_err());

    let ed = utilities.ed_pub_components_from_private_key;
    let private = der_of(key_file!("ed25519_private"));
    assert_eq!(
        ed(&private, &EllipticCurve::Ed25519).unwrap(),
        key_octets(key_file!("ed25519_public"), 32)
    );
    assert!(ed(&private, &EllipticCurve::P521).is_err());
    assert!(ed(&der_of(key_file!("p256_private")), &EllipticCurve::Ed25519).is_err());
    assert!((utilities.rsa_pub_components_from_private_key)(&private).is_err());
    assert!((utilities.rsa_pub_components_from_public_key)(&private).is_err());
}

#[test]
fn the_crypto_provider_digest_is_that_of_the_named_hash() {
    let digest = |hash| (jsonwebtoken_provider().key_utils.compute_digest)(b"abc", hash).unwrap();
    // FIPS 180-4, the examples of NIST.
    for (hash, begin, length) in [
        (ThumbprintHash::SHA256, [0xba, 0x78, 0x16, 0xbf], 32),
        (ThumbprintHash::SHA384, [0xcb, 0x00, 0x75, 0x3f], 48),
        (ThumbprintHash::SHA512, [0xdd, 0xaf, 0x35, 0xa1], 64),
    ] {
        let digest = digest(hash);
        assert_eq!((&digest[..4], digest.len()), (&begin[..], length));
    }
}
