use super::*;
use crate::keys::SignatureError;
use crate::keys::signing::KeySigner;

const INPUT: &[u8] = b"header.payload";

/// A private key, its public key, and another public key of the same kind.
fn pairs() -> Vec<(KeySigner, Key, Key)> {
    let private = |text| KeySigner::pem(text).expect("a private key");
    vec![
        (
            KeySigner::secret([7; 64]),
            Key::hmac([7; 64]),
            Key::hmac([8; 64]),
        ),
        (
            private(key_file!("rsa_private")),
            Key::pem(key_file!("rsa_public")),
            Key::pem(key_file!("rsa_other_public")),
        ),
        (
            private(key_file!("rsa_private_pkcs1")),
            Key::pem(key_file!("rsa_public_pkcs1")),
            Key::pem(key_file!("rsa_other_public")),
        ),
        (
            private(key_file!("p256_private")),
            Key::pem(key_file!("p256_public")),
            Key::pem(key_file!("p256_other_public")),
        ),
        (
            private(key_file!("p384_private")),
            Key::pem(key_file!("p384_public")),
            Key::pem(key_file!("p384_other_public")),
        ),
        (
            private(key_file!("ed25519_private")),
            Key::pem(key_file!("ed25519_public")),
            Key::pem(key_file!("ed25519_other_public")),
        ),
    ]
}

#[test]
fn every_algorithm_signs_and_verifies_and_the_wrong_key_does_not() {
    let mut seen = std::collections::BTreeSet::new();
    for (signing, right, wrong) in pairs() {
        let own = set_of([signing.verification_key().unwrap()]);
        let (right, wrong) = (set_of([right]), set_of([wrong]));
        for algorithm in signing.algorithms().iter().copied() {
            let signature = signing.sign(algorithm, INPUT).unwrap();
            assert_eq!(
                right.verify(None, algorithm, INPUT, &signature),
                Ok(()),
                "{algorithm}"
            );
            assert_eq!(
                own.verify(None, algorithm, INPUT, &signature),
                Ok(()),
                "{algorithm}"
            );
            assert_eq!(
                wrong.verify(None, algorithm, INPUT, &signature),
                Err(SignatureError::BadSignature),
                "{algorithm}"
            );
            seen.insert(algorithm);
        }
    }
    assert_eq!(seen.len(), 12);
}

#[test]
fn a_signature_of_one_algorithm_is_invalid_for_another_algorithm_of_the_key() {
    for (signing, verifying, _) in pairs() {
        let keys = set_of([verifying]);
        for signed in signing.algorithms().iter().copied() {
            let signature = signing.sign(signed, INPUT).unwrap();
            for claimed in signing
                .algorithms()
                .iter()
                .copied()
                .filter(|other| *other != signed)
            {
                assert_eq!(
                    keys.verify(None, claimed, INPUT, &signature),
                    Err(SignatureError::BadSignature),
                    "{signed} as {claimed}"
                );
            }
        }
    }
}

#[test]
fn a_generated_signing_key_is_unique_and_verifies_its_own_signatures() {
    let (first, second) = (
        KeySigner::generate().unwrap(),
        KeySigner::generate().unwrap(),
    );
    assert_ne!(first.public_jwk(), second.public_jwk());
    let keys = set_of([first.verification_key().unwrap().with_id("first")]);
    for _ in 0..2 {
        let signature = first.sign(Algorithm::ES256, INPUT).unwrap();
        assert_eq!(
            keys.verify(Some("first"), Algorithm::ES256, INPUT, &signature),
            Ok(())
        );
    }
}

#[test]
fn a_private_key_in_der_form_signs() {
    for text in [
        key_file!("rsa_private"),
        key_file!("rsa_private_pkcs1"),
        key_file!("p256_private"),
        key_file!("ed25519_private"),
    ] {
        let signing = KeySigner::der(der_of(text)).unwrap();
        let algorithm = signing.algorithms()[0];
        let signature = signing.sign(algorithm, INPUT).unwrap();
        let keys = set_of([signing.verification_key().unwrap()]);
        assert_eq!(keys.verify(None, algorithm, INPUT, &signature), Ok(()));
    }
}

#[test]
fn a_signing_key_refuses_an_algorithm_of_another_key_type() {
    for (signing, _, _) in pairs() {
        for algorithm in ["HS256", "RS256", "PS512", "ES256", "ES384", "EdDSA"] {
            let algorithm = Algorithm::from_name(algorithm).unwrap();
            assert_eq!(
                signing.sign(algorithm, INPUT).is_ok(),
                signing.algorithms().contains(&algorithm),
                "{algorithm} with {signing:?}"
            );
        }
    }
}

#[test]
fn an_input_other_than_a_private_key_is_refused_with_a_reason() {
    let reason = |text: &str| KeySigner::pem(text).unwrap_err().to_string();
    assert!(reason(key_file!("p256_private_sec1")).contains("openssl pkcs8 -topk8"));
    assert!(reason(key_file!("p256_public")).contains("is not a private key"));
    assert!(reason("").contains("there is no"));
    assert!(KeySigner::der([]).is_err());
    assert!(KeySigner::secret("s").public_jwk().is_none());
}
