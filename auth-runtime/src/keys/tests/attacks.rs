//! Attempts to have a forged signature accepted.

use super::*;
use crate::keys::SignatureError;
use crate::keys::signing::KeySigner;

const INPUT: &[u8] = b"header.payload";

#[test]
fn an_rsa_public_key_in_any_form_is_not_an_hmac_secret() {
    let text = key_file!("rsa_public");
    let private = KeySigner::pem(key_file!("rsa_private")).unwrap();
    let jwk = private.public_jwk().unwrap().to_string();
    let (der, pkcs1) = (der_of(text), der_of(key_file!("rsa_public_pkcs1")));
    let secrets: [&[u8]; 7] = [
        text.as_bytes(),
        text.trim_end().as_bytes(),
        key_file!("rsa_public_pkcs1").as_bytes(),
        &der,
        &pkcs1,
        jwk.as_bytes(),
        b"",
    ];
    for configured in [None, Some(&[Algorithm::RS256][..])] {
        for key in [
            Key::pem(text),
            Key::der(&der),
            Key::jwk(&jwk),
            Key::pem(text).with_id("a"),
        ] {
            let keys = build([key], configured).unwrap();
            for algorithm in [Algorithm::HS256, Algorithm::HS384, Algorithm::HS512] {
                assert!(!keys.contains(algorithm));
                for secret in secrets {
                    let forged = KeySigner::secret(secret).sign(algorithm, INPUT).unwrap();
                    for kid in [None, Some("a"), Some("b")] {
                        assert!(keys.verify(kid, algorithm, INPUT, &forged).is_err());
                    }
                }
            }
        }
    }
}

#[test]
fn a_public_key_configured_as_a_secret_is_a_fault() {
    assert_eq!(
        problem_of(Key::hmac(key_file!("rsa_public"))),
        KeyProblem::PemAsSecret
    );
    let after_a_line = format!("\n{}", key_file!("rsa_public"));
    assert_eq!(problem_of(Key::hmac(after_a_line)), KeyProblem::PemAsSecret);

    let signing = KeySigner::pem(key_file!("rsa_private")).unwrap();
    let jwk = signing.public_jwk().unwrap();
    let set = serde_json::json!({ "keys": [jwk] });
    let der = ::pem::parse(key_file!("rsa_public")).unwrap();
    for document in [
        jwk.to_string().into_bytes(),
        format!(" {set}\n").into_bytes(),
        der.contents().to_vec(),
    ] {
        assert_eq!(problem_of(Key::hmac(document)), KeyProblem::KeyAsSecret);
    }
}

#[test]
fn an_ecdsa_signature_of_zeros_is_refused() {
    // CVE-2022-21449: r = s = 0 passed for every message and every key.
    for (text, algorithm, length) in [
        (key_file!("p256_public"), Algorithm::ES256, 32),
        (key_file!("p384_public"), Algorithm::ES384, 48),
    ] {
        let keys = set_of([Key::pem(text)]);
        let zero = vec![0; length];
        let mut one = zero.clone();
        one[length - 1] = 1;
        let full = vec![0xff; length];
        for r in [&zero, &one, &full] {
            for s in [&zero, &one, &full] {
                assert_eq!(
                    keys.verify(None, algorithm, INPUT, &[&r[..], s].concat()),
                    Err(SignatureError::BadSignature)
                );
            }
        }
    }
}

#[test]
fn an_ecdsa_signature_in_der_form_is_refused() {
    for (private, public, algorithm) in [
        (
            key_file!("p256_private"),
            key_file!("p256_public"),
            Algorithm::ES256,
        ),
        (
            key_file!("p384_private"),
            key_file!("p384_public"),
            Algorithm::ES384,
        ),
    ] {
        let keys = set_of([Key::pem(public)]);
        let fixed = KeySigner::pem(private)
            .unwrap()
            .sign(algorithm, INPUT)
            .unwrap();
        assert_eq!(keys.verify(None, algorithm, INPUT, &fixed), Ok(()));
        let (r, s) = fixed.split_at(fixed.len() / 2);
        let minimal = |number: &[u8]| {
            let start = number.iter().position(|octet| *octet != 0).unwrap();
            integer(&number[start..])
        };
        let der = der(0x30, &[minimal(r), minimal(s)].concat());
        assert_eq!(
            keys.verify(None, algorithm, INPUT, &der),
            Err(SignatureError::BadSignature)
        );
    }
}

#[test]
fn a_truncated_or_extended_signature_is_refused_for_every_algorithm() {
    for signing in [
        KeySigner::secret([7; 64]),
        KeySigner::pem(key_file!("rsa_private")).unwrap(),
        KeySigner::pem(key_file!("p256_private")).unwrap(),
        KeySigner::pem(key_file!("p384_private")).unwrap(),
        KeySigner::pem(key_file!("ed25519_private")).unwrap(),
    ] {
        let keys = set_of([signing.verification_key().unwrap()]);
        for algorithm in signing.algorithms().iter().copied() {
            let signature = signing.sign(algorithm, INPUT).unwrap();
            let whole = signature.len();
            assert_eq!(keys.verify(None, algorithm, INPUT, &signature), Ok(()));
            for length in [0, 1, 16, whole / 2, whole - 1] {
                assert_eq!(
                    keys.verify(None, algorithm, INPUT, &signature[..length]),
                    Err(SignatureError::BadSignature),
                    "{algorithm} cut to {length}"
                );
            }
            for longer in [
                [&signature[..], &[0]].concat(),
                [&[0], &signature[..]].concat(),
                [&signature[..], &signature[..]].concat(),
            ] {
                assert_eq!(
                    keys.verify(None, algorithm, INPUT, &longer),
                    Err(SignatureError::BadSignature),
                    "{algorithm} extended to {}",
                    longer.len()
                );
            }
        }
    }
}

#[test]
fn a_token_does_not_choose_an_algorithm_that_was_not_configured() {
    let signing = KeySigner::pem(key_file!("rsa_private")).unwrap();
    let key = Key::pem(key_file!("rsa_public")).with_id("a");
    let keys = build([key], Some(&[Algorithm::PS256])).unwrap();
    assert_eq!(keys.algorithms().collect::<Vec<_>>(), [Algorithm::PS256]);
    let signature = signing.sign(Algorithm::RS256, INPUT).unwrap();
    assert_eq!(
        keys.verify(Some("a"), Algorithm::RS256, INPUT, &signature),
        Err(SignatureError::AlgorithmMismatch)
    );
    assert_eq!(
        keys.verify(None, Algorithm::RS256, INPUT, &signature),
        Err(SignatureError::UnknownKey)
    );
}

#[test]
fn the_alg_of_a_jwk_restricts_a_key_type_with_several_algorithms() {
    let signing = KeySigner::pem(key_file!("rsa_private")).unwrap();
    let mut jwk = signing.public_jwk().unwrap();
    jwk["alg"] = "RS256".into();
    jwk["kid"] = "a".into();
    let keys = set_of([Key::jwk(jwk.to_string())]);
    let signature = signing.sign(Algorithm::RS512, INPUT).unwrap();
    assert_eq!(
        keys.verify(Some("a"), Algorithm::RS512, INPUT, &signature),
        Err(SignatureError::AlgorithmMismatch)
    );
}

#[test]
fn algorithm_names_are_compared_exactly() {
    for name in [
        "", "none", "None", "NONE", "hs256", "HS256 ", "RS256\0", "ES512", "ES256K", "eddsa",
    ] {
        assert_eq!(Algorithm::from_name(name), None, "{name:?}");
    }
    for (name, algorithm) in [("EdDSA", Algorithm::EdDSA), ("Ed25519", Algorithm::EdDSA)] {
        assert_eq!(Algorithm::from_name(name), Some(algorithm));
    }
    assert_eq!(Algorithm::from_name("Ed448"), None);
}

#[test]
fn debug_output_of_keys_shows_no_secret() {
    let secret = "a secret that is long enough for it";
    let key = Key::hmac(secret).with_id("a");
    assert_eq!(
        format!("{key:?}"),
        r#"Key { form: "secret", id: Some("a"), .. }"#
    );
    let jwk = format!(r#"{{"kty":"oct","k":"{}"}}"#, base64url(secret));
    for source in [
        KeySource::Key(key),
        KeySource::Key(Key::jwk(&jwk)),
        KeySource::KeySet(format!(r#"{{"keys":[{jwk}]}}"#).into()),
    ] {
        let shown = format!("{source:?}");
        assert!(
            !shown.contains(secret) && !shown.contains(&base64url(secret)),
            "{shown}"
        );
    }
    // Faults quote names, never content.
    for text in [
        format!(r#"{{"kty":"oct","k":"{}="}}"#, base64url(secret)),
        format!(r#"{{"kty":"oct","k":["{}"]}}"#, base64url(secret)),
        format!(r#"{{"kty":"oct","k":"{}" oops"#, base64url(secret)),
        format!(r#"{{"kty":"oct","k":"{}"}}"#, base64url(&secret[..8])),
    ] {
        let shown = problem_of(Key::jwk(text)).to_string();
        assert!(!shown.contains(&base64url(&secret[..6])), "{shown}");
    }
}
