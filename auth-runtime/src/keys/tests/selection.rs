use super::*;
use crate::keys::SignatureError;
use crate::keys::key_set::Selection;
use crate::keys::signing::KeySigner;

const INPUT: &[u8] = b"header.payload";
const ALGORITHM: Algorithm = Algorithm::HS256;

fn secret(number: u8) -> Key {
    Key::hmac([number; 32])
}

fn signature(number: u8) -> Vec<u8> {
    KeySigner::secret([number; 32])
        .sign(ALGORITHM, INPUT)
        .unwrap()
}

fn candidates(keys: &KeySet, kid: Option<&str>) -> usize {
    match keys.select(kid, ALGORITHM) {
        Selection::Candidates(candidates) => candidates.len(),
        Selection::AlgorithmMismatch | Selection::Unknown => 0,
    }
}

#[test]
fn a_known_kid_selects_that_key_alone() {
    let keys = set_of([secret(1).with_id("a"), secret(2).with_id("b"), secret(3)]);
    assert_eq!(candidates(&keys, Some("a")), 1);
    assert_eq!(
        keys.verify(Some("a"), ALGORITHM, INPUT, &signature(1)),
        Ok(())
    );
    for other in [2, 3] {
        assert_eq!(
            keys.verify(Some("a"), ALGORITHM, INPUT, &signature(other)),
            Err(SignatureError::BadSignature)
        );
    }
}

#[test]
fn a_kid_is_compared_exactly() {
    let keys = set_of([secret(1).with_id("a")]);
    for kid in ["A", " a", "a ", "", "a\0", "aa"] {
        assert_eq!(
            keys.verify(Some(kid), ALGORITHM, INPUT, &signature(1)),
            Err(SignatureError::UnknownKey),
            "{kid:?}"
        );
    }
}

#[test]
fn an_unknown_kid_selects_only_keys_without_a_kid() {
    let keys = set_of([secret(1).with_id("a"), secret(2)]);
    assert_eq!(
        keys.verify(Some("x"), ALGORITHM, INPUT, &signature(2)),
        Ok(())
    );
    assert_eq!(
        keys.verify(Some("x"), ALGORITHM, INPUT, &signature(1)),
        Err(SignatureError::BadSignature)
    );
    let keys = set_of([secret(1).with_id("a")]);
    assert_eq!(
        keys.verify(Some("x"), ALGORITHM, INPUT, &signature(1)),
        Err(SignatureError::UnknownKey)
    );
}

#[test]
fn without_a_kid_every_key_is_a_candidate() {
    let keys = set_of([secret(1).with_id("a"), secret(2).with_id("b"), secret(3)]);
    assert_eq!(candidates(&keys, None), 3);
    for number in [1, 2, 3] {
        assert_eq!(
            keys.verify(None, ALGORITHM, INPUT, &signature(number)),
            Ok(())
        );
    }
    // It is unknown which of the three was meant.
    assert_eq!(
        keys.verify(None, ALGORITHM, INPUT, &signature(4)),
        Err(SignatureError::UnknownKey)
    );
}

#[test]
fn without_a_kid_more_than_eight_keys_are_not_tried() {
    let named = |count: u8| set_of((1..=count).map(|n| secret(n).with_id(n.to_string())));
    assert_eq!(
        named(8).verify(None, ALGORITHM, INPUT, &signature(8)),
        Ok(())
    );
    assert_eq!(
        named(9).verify(None, ALGORITHM, INPUT, &signature(1)),
        Err(SignatureError::UnknownKey)
    );
    assert_eq!(
        named(9).verify(Some("9"), ALGORITHM, INPUT, &signature(9)),
        Ok(())
    );
}

#[test]
fn a_key_configured_twice_counts_once() {
    let keys = set_of([
        secret(1),
        secret(1),
        secret(1).with_id("a"),
        secret(1).with_id("a"),
    ]);
    assert_eq!(candidates(&keys, Some("x")), 1);
    assert_eq!(candidates(&keys, None), 2);
    let many = set_of((0..20).map(|_| secret(1)));
    assert_eq!(candidates(&many, None), 1);
}

#[test]
fn keys_of_several_types_may_share_a_kid() {
    let keys = set_of([
        Key::pem(key_file!("rsa_public")).with_id("a"),
        Key::pem(key_file!("p256_public")).with_id("a"),
    ]);
    for (private, algorithm) in [
        (key_file!("rsa_private"), Algorithm::RS256),
        (key_file!("rsa_private"), Algorithm::PS384),
        (key_file!("p256_private"), Algorithm::ES256),
    ] {
        let signature = KeySigner::pem(private)
            .unwrap()
            .sign(algorithm, INPUT)
            .unwrap();
        assert_eq!(keys.verify(Some("a"), algorithm, INPUT, &signature), Ok(()));
    }
    assert_eq!(
        keys.verify(Some("a"), Algorithm::EdDSA, INPUT, &[0; 64]),
        Err(SignatureError::AlgorithmMismatch)
    );
}

#[test]
fn one_rsa_modulus_may_have_two_jwks_for_two_algorithms() {
    let jwk = KeySigner::pem(key_file!("rsa_private"))
        .unwrap()
        .public_jwk()
        .unwrap();
    let with = |algorithm: &str| {
        let mut jwk = jwk.clone();
        jwk["alg"] = algorithm.into();
        Key::jwk(jwk.to_string()).with_id("a")
    };
    let keys = set_of([with("RS256"), with("PS256")]);
    assert_eq!(
        keys.algorithms().collect::<Vec<_>>(),
        [Algorithm::RS256, Algorithm::PS256]
    );
}

#[test]
fn an_algorithm_without_a_key_selects_no_key() {
    let keys = set_of([secret(1).with_id("a")]);
    assert!(matches!(
        keys.select(None, Algorithm::RS256),
        Selection::Unknown
    ));
    assert!(matches!(
        keys.select(Some("x"), Algorithm::RS256),
        Selection::Unknown
    ));
    assert!(matches!(
        keys.select(Some("a"), Algorithm::RS256),
        Selection::AlgorithmMismatch
    ));
}

#[test]
fn a_key_set_is_send_and_sync() {
    fn check<T: Send + Sync>() {}
    check::<KeySet>();
}
