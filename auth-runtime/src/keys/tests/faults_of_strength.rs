//! Well-formed keys that are too weak, or invalid as keys: the same fault in every encoding.

use super::*;
use crate::keys::key_material::RSA_MODULUS_MAX_BITS;
use crate::keys::spki::oid;

const F4: &[u8] = &[1, 0, 1];

fn assert_rsa_problem(modulus: &[u8], exponent: &[u8], expected: &KeyProblem) {
    for (form, key) in rsa_in_every_form(modulus, exponent) {
        assert_eq!(&problem_of(key), expected, "{form}");
    }
}

#[test]
fn an_rsa_modulus_below_2048_bits_is_refused() {
    for (modulus, bits) in [
        (vec![0x7f; 256], 2047),
        (vec![0xff; 128], 1024),
        (vec![0xff; 3], 24),
        (vec![3], 2),
    ] {
        assert_rsa_problem(&modulus, F4, &KeyProblem::RsaModulusTooShort { bits });
    }
}

#[test]
fn an_rsa_key_of_1024_bits_from_openssl_is_refused() {
    let expected = KeyProblem::RsaModulusTooShort { bits: 1024 };
    for text in [
        key_file!("rsa_1024_public"),
        key_file!("rsa_1024_public_pkcs1"),
    ] {
        assert_eq!(problem_of(Key::pem(text)), expected);
        assert_eq!(problem_of(Key::der(der_of(text))), expected);
    }
    assert_eq!(
        expected.to_string(),
        "the RSA modulus has 1024 bits; RFC 7518 section 3.3 requires at least 2048"
    );
}

/// Reads the modulus in one of the files, base64url. A script made them in the same way as the library of
/// CVE-2017-15361: both primes are `k * M + (65537^a mod M)` with random `k` and `a`, and `M` is the product
/// of the first 126 primes for 2048 bits and of the first 225 for 4096. The primes were not kept.
macro_rules! roca_modulus {
    ($name:literal) => {
        from_base64url(
            &include_str!(concat!("keys/", $name, "_roca_modulus.txt")).replace('\n', ""),
        )
    };
}

#[test]
fn an_rsa_key_that_can_be_factored_by_cve_2017_15361_is_refused() {
    for modulus in [roca_modulus!("rsa_2048"), roca_modulus!("rsa_4096")] {
        for (form, key) in rsa_in_every_form(&modulus, F4) {
            assert_eq!(problem_of(key), KeyProblem::RsaModulusRoca, "{form}");
        }
    }
    assert_eq!(
        KeyProblem::RsaModulusRoca.to_string(),
        "the RSA modulus is of a kind that can be factored (ROCA, CVE-2017-15361): generate a new \
         key with other hardware or software"
    );
}

#[test]
fn an_rsa_modulus_longer_than_the_back_end_accepts_is_refused() {
    let modulus = [&[1][..], &vec![0xff; RSA_MODULUS_MAX_BITS / 8]].concat();
    let expected = KeyProblem::RsaModulusTooLong {
        bits: RSA_MODULUS_MAX_BITS + 1,
        limit: RSA_MODULUS_MAX_BITS,
    };
    assert_rsa_problem(&modulus, F4, &expected);
    assert_rsa_problem(
        &[0xff; 4096],
        F4,
        &KeyProblem::RsaModulusTooLong {
            bits: 32768,
            limit: RSA_MODULUS_MAX_BITS,
        },
    );
}

#[test]
fn an_even_rsa_modulus_is_refused() {
    let modulus = [&[0xff; 255][..], &[0xfe]].concat();
    assert_rsa_problem(&modulus, F4, &KeyProblem::RsaModulusEven);
}

#[test]
fn an_rsa_exponent_that_is_even_or_one_or_too_long_is_refused() {
    for exponent in [
        &[][..],
        &[1],
        &[2],
        &[1, 0, 0],
        // 34 bits.
        &[2, 0, 0, 0, 1],
        &[0xff; 9],
        &[0xff; 256],
    ] {
        assert_rsa_problem(&[0xff; 256], exponent, &KeyProblem::RsaExponent);
    }
    for exponent in [&[3][..], &[1, 0xff, 0xff, 0xff, 0xff]] {
        for (form, key) in rsa_in_every_form(&[0xff; 256], exponent) {
            assert!(build([key], None).is_ok(), "{form} {exponent:?}");
        }
    }
}

#[test]
fn an_hmac_secret_shorter_than_its_hash_is_refused() {
    for octets in [0, 1, 31] {
        let expected = KeyProblem::SecretTooShort {
            octets,
            algorithm: Algorithm::HS256,
        };
        let secret = vec![7; octets];
        assert_eq!(problem_of(Key::hmac(&secret)), expected);
        let jwk = format!(r#"{{"kty":"oct","k":"{}"}}"#, base64url(&secret));
        assert_eq!(problem_of(Key::jwk(jwk)), expected);
    }
}

#[test]
fn an_hmac_secret_too_short_for_a_configured_algorithm_is_refused() {
    let expected = KeyProblem::SecretTooShort {
        octets: 32,
        algorithm: Algorithm::HS384,
    };
    for configured in [
        &[Algorithm::HS384][..],
        &[Algorithm::HS256, Algorithm::HS384],
        &[Algorithm::HS384, Algorithm::HS512],
    ] {
        let faults = build([Key::hmac([7; 32])], Some(configured)).unwrap_err();
        assert_eq!(only(&faults), expected);
    }
    let jwk = format!(
        r#"{{"kty":"oct","alg":"HS384","k":"{}"}}"#,
        base64url([7; 32])
    );
    assert_eq!(problem_of(Key::jwk(jwk)), expected);
    assert_eq!(
        expected.to_string(),
        "the secret has 32 octets; HS384 needs at least 48 (RFC 7518 section 3.2)"
    );
}

#[test]
fn an_ec_point_outside_its_curve_is_refused() {
    for (curve, oid, length) in [("P-256", oid::P256, 32), ("P-384", oid::P384, 48)] {
        let expected = KeyProblem::PointNotOnCurve { curve };
        for coordinate in [vec![0; length], vec![1; length], vec![0xff; length]] {
            let point = [&[4][..], &coordinate, &coordinate].concat();
            let spki = spki_ec(oid, &point);
            let half = base64url(&coordinate);
            let jwk = format!(r#"{{"kty":"EC","crv":"{curve}","x":"{half}","y":"{half}"}}"#);
            assert_eq!(problem_of(Key::jwk(jwk)), expected);
            assert_eq!(problem_of(Key::der(&spki)), expected);
            assert_eq!(problem_of(Key::pem(pem("PUBLIC KEY", &spki))), expected);
        }
    }
}

#[test]
fn an_ec_point_of_a_curve_other_than_the_named_one_is_refused() {
    // The point of a P-256 key, claimed to be on P-384, and the other way round.
    let point = |text: &str, length: usize| {
        let der = der_of(text);
        der[der.len() - length..].to_vec()
    };
    let p256 = spki_ec(oid::P384, &point(key_file!("p256_public"), 65));
    assert_eq!(
        problem_of(Key::der(p256)),
        KeyProblem::PointLength {
            part: "the elliptic-curve point",
            octets: 65,
            expected: 97
        }
    );
    let p384 = spki_ec(oid::P256, &point(key_file!("p384_public"), 97));
    assert_eq!(
        problem_of(Key::der(p384)),
        KeyProblem::PointLength {
            part: "the elliptic-curve point",
            octets: 97,
            expected: 65
        }
    );
    let secp256k1 = spki_ec(oid::P256, &point(key_file!("secp256k1_public"), 65));
    assert_eq!(
        problem_of(Key::der(secp256k1)),
        KeyProblem::PointNotOnCurve { curve: "P-256" }
    );
}

fn ed25519_in_every_form(octets: &[u8]) -> [Key; 3] {
    let spki = spki_ed25519(octets);
    [
        Key::jwk(format!(
            r#"{{"kty":"OKP","crv":"Ed25519","x":"{}"}}"#,
            base64url(octets)
        )),
        Key::der(&spki),
        Key::pem(pem("PUBLIC KEY", &spki)),
    ]
}

#[test]
fn an_ed25519_key_that_is_not_below_p_is_refused() {
    // From p itself, which equals zero modulo p, to the largest number.
    for first in 0xed..=0xff {
        for last in [0x7f, 0xff] {
            let mut octets = [0xff; 32];
            (octets[0], octets[31]) = (first, last);
            for key in ed25519_in_every_form(&octets) {
                assert_eq!(
                    problem_of(key),
                    KeyProblem::PointNotOnCurve { curve: "Ed25519" }
                );
            }
        }
    }
}

/// With y = 2. RustCrypto refuses it at build, AWS-LC at each signature.
#[test]
fn an_ed25519_key_that_is_not_a_point_verifies_nothing() {
    let mut two = [0; 32];
    two[0] = 2;
    let signature = crate::keys::signing::KeySigner::pem(key_file!("ed25519_private"))
        .unwrap()
        .sign(Algorithm::EdDSA, b"a.b")
        .unwrap();
    // The point of order one and S = 0, which verify for a key of small order.
    let mut forged = [0; 64];
    forged[0] = 1;
    for key in ed25519_in_every_form(&two) {
        let built = build([key], None);
        if cfg!(feature = "aws-lc-rs") {
            let keys = built.unwrap();
            for signature in [&signature[..], &forged, &[0; 64]] {
                assert_eq!(
                    keys.verify(None, Algorithm::EdDSA, b"a.b", signature),
                    Err(crate::keys::SignatureError::BadSignature)
                );
            }
        } else {
            assert_eq!(
                only(&built.unwrap_err()),
                KeyProblem::PointNotOnCurve { curve: "Ed25519" }
            );
        }
    }
}

#[test]
fn an_ed25519_key_of_small_order_is_refused() {
    let mut one = [0; 32];
    one[0] = 1;
    let order_8 = from_base64url("JuiVj8KyJ7BFw_SJ8u-Y8NXfrAXTxjM5sTgCiG1T_AU")
        .try_into()
        .unwrap();
    for mut octets in [[0; 32], one, order_8] {
        for sign in [0, 0x80] {
            octets[31] |= sign;
            for key in ed25519_in_every_form(&octets) {
                assert_eq!(problem_of(key), KeyProblem::WeakPoint);
            }
        }
    }
}

#[test]
fn an_ed25519_key_of_another_length_is_refused() {
    for length in [0, 31, 33, 57] {
        for key in ed25519_in_every_form(&vec![7; length]) {
            assert_eq!(
                problem_of(key),
                KeyProblem::PointLength {
                    part: "the Ed25519 key",
                    octets: length,
                    expected: 32
                }
            );
        }
    }
}
