//! Faults of a JWK set, and of keys that cannot be combined.

use super::*;

const RSA: &str = key_file!("rsa_public");
const P256: &str = key_file!("p256_public");

fn oct(number: u8, more: &str) -> String {
    format!(r#"{{"kty":"oct","k":"{}"{more}}}"#, base64url([number; 64]))
}

fn messages(faults: &[KeyFault]) -> Vec<String> {
    faults.iter().map(ToString::to_string).collect()
}

#[test]
fn a_configuration_without_any_key_is_a_fault() {
    let faults = KeySet::build(&[], None).unwrap_err();
    assert_eq!(only(&faults), KeyProblem::NoKey);
}

#[test]
fn an_empty_list_of_algorithms_is_one_fault() {
    let faults = build([Key::pem(RSA)], Some(&[])).unwrap_err();
    assert_eq!(only(&faults), KeyProblem::NoAlgorithm);
}

#[test]
fn a_text_that_is_not_a_jwk_set_is_refused() {
    for (json, reason) in [
        (
            "",
            "key set 1: this is not a JWK set: it is not JSON (line 1, column 0)",
        ),
        ("[]", "no `keys` array"),
        ("{}", "no `keys` array"),
        (r#"{"keys":{}}"#, "no `keys` array"),
        (
            r#"{"issuer":"https://x","jwks_uri":"https://x/keys"}"#,
            "it is the metadata of an issuer",
        ),
        (r#"{"kty":"oct"}"#, "for one JWK use `Key::jwk`"),
    ] {
        let faults = messages(&build_set(json).unwrap_err());
        assert!(
            faults.len() == 1 && faults[0].contains(reason),
            "{faults:?}"
        );
    }
}

#[test]
fn an_empty_jwk_set_is_refused() {
    let faults = messages(&build_set(r#"{"keys":[]}"#).unwrap_err());
    assert_eq!(faults, ["key set 1: the key set has no keys"]);
}

#[test]
fn keys_of_a_jwk_set_for_other_purposes_are_skipped() {
    let keys = [
        r#"{"kty":"AKP","alg":"ML-DSA-44","pub":"AA"}"#.to_owned(),
        r#"{"kty":"EC","crv":"P-521","x":"AA","y":"AA"}"#.to_owned(),
        r#"{"kty":"OKP","crv":"X25519","x":"AA"}"#.to_owned(),
        r#"{"kty":"RSA","use":"enc","n":"AQAB","e":"AQAB"}"#.to_owned(),
        r#"{"kty":"RSA","alg":"RSA-OAEP","n":"AQAB","e":"AQAB"}"#.to_owned(),
        oct(1, r#","key_ops":["sign"]"#),
    ];
    let good = oct(2, r#","kid":"good""#);
    let set = build_set(&format!(r#"{{"keys":[{},{good}]}}"#, keys.join(","))).unwrap();
    assert_eq!(set.algorithms().collect::<Vec<_>>(), Algorithm::HMAC);

    // If no key is left, the message has all reasons.
    let faults = build_set(&format!(r#"{{"keys":[{}]}}"#, keys.join(","))).unwrap_err();
    let text = messages(&faults).join("\n");
    assert_eq!(faults.len(), 1);
    for number in 1..=6 {
        assert!(text.contains(&format!("key {number}: ")), "{text}");
    }
    assert!(text.starts_with(
        "key set 1: the key set has no key that can verify tokens; skipped: key 1: keys of type \
         \"AKP\" are not supported"
    ));
    assert!(text.contains("ES512 is not supported"));
}

#[test]
fn a_weak_or_malformed_signature_key_of_a_jwk_set_is_a_fault() {
    let json = format!(
        r#"{{"keys":[{}, {}, {}, 7]}}"#,
        oct(1, ""),
        r#"{"kty":"RSA","kid":"abc","n":"AQAB","e":"AQAB"}"#,
        r#"{"kty":"oct"}"#,
    );
    assert_eq!(
        messages(&build_set(&json).unwrap_err()),
        [
            "key set 1, key 2 (kid \"abc\"): the RSA modulus has 17 bits; RFC 7518 section 3.3 \
             requires at least 2048",
            "key set 1, key 3: the key can't be parsed: the member `k` is missing",
            "key set 1, key 4: the key can't be parsed: a JWK is a JSON object",
        ]
    );
}

#[test]
fn every_key_fault_is_reported_with_its_source() {
    let faults = build(
        [
            Key::pem("nothing"),
            Key::pem(RSA).with_id("fine"),
            Key::der(b"nothing").with_id("second"),
            Key::hmac("short"),
            Key::jwk("{"),
        ],
        None,
    );
    assert_eq!(
        messages(&faults.unwrap_err()),
        [
            "key 1 (PEM): the key can't be parsed: there is no `-----BEGIN PUBLIC KEY-----` \
             block in it",
            "key 3 (DER, kid \"second\"): the key can't be parsed: it is not the DER form of a \
             public key",
            "key 4 (secret): the secret has 5 octets; HS256 needs at least 32 (RFC 7518 section \
             3.2)",
            "key 5 (JWK): the key can't be parsed: it is not JSON (line 1, column 1)",
        ]
    );
}

#[test]
fn a_kid_cannot_forge_a_line_of_the_fault_report() {
    let faults = build([Key::pem("").with_id("a\n\"b")], None).unwrap_err();
    assert_eq!(faults[0].place(), Some(r#"key 1 (PEM, kid "a\n\"b")"#));
}

#[test]
fn mixing_secrets_and_public_keys_is_a_fault() {
    let faults = build([Key::pem(RSA), Key::hmac([7; 32])], None).unwrap_err();
    assert_eq!(only(&faults), KeyProblem::MixedKeyTypes);
    let faults = KeySet::build(
        &[
            KeySource::Key(Key::pem(P256)),
            KeySource::KeySet(format!(r#"{{"keys":[{}]}}"#, oct(1, "")).into()),
        ],
        None,
    );
    assert_eq!(only(&faults.unwrap_err()), KeyProblem::MixedKeyTypes);
}

#[test]
fn two_keys_with_one_kid_for_one_algorithm_are_a_fault() {
    let key = |number: u8| Key::hmac([number; 32]).with_id("a");
    let faults = build([key(1), key(2), key(1)], None).unwrap_err();
    assert_eq!(
        messages(&faults),
        [
            "key 2 (secret, kid \"a\"): another key (key 1 (secret, kid \"a\")) already has the \
          kid \"a\" for HS256; each key needs its own"
        ]
    );
}

#[test]
fn more_than_eight_keys_without_a_kid_are_a_fault() {
    let keys = |count| (0..count).map(|number| Key::hmac([number; 32]));
    assert!(build(keys(8), None).is_ok());
    assert_eq!(
        only(&build(keys(9), None).unwrap_err()),
        KeyProblem::TooManyWithoutId {
            algorithm: Algorithm::HS256,
            keys: 9,
            limit: 8
        }
    );
}

#[test]
fn a_single_key_for_none_of_the_configured_algorithms_is_a_fault() {
    let faults = build(
        [Key::pem(RSA), Key::pem(P256)],
        Some(&[Algorithm::RS256, Algorithm::EdDSA]),
    );
    assert_eq!(
        messages(&faults.unwrap_err()),
        [
            "key 2 (PEM): the key is unusable for the configured algorithms (RS256, EdDSA): it can \
          verify ES256"
        ]
    );
}

#[test]
fn a_key_of_a_set_for_none_of_the_configured_algorithms_is_skipped() {
    let json = r#"{"keys":[
        {"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"},
        {"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
         "y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}]}"#;
    let source = [KeySource::KeySet(json.to_owned().into())];
    let keys = KeySet::build(&source, Some(&[Algorithm::ES256])).unwrap();
    assert_eq!(keys.algorithms().collect::<Vec<_>>(), [Algorithm::ES256]);
    let faults = KeySet::build(&source, Some(&[Algorithm::RS256])).unwrap_err();
    assert!(matches!(only(&faults), KeyProblem::EmptyKeySet(reasons) if reasons.len() == 2));
}

#[test]
fn a_configured_algorithm_without_a_key_is_a_fault() {
    let faults = build(
        [Key::pem(RSA)],
        Some(&[Algorithm::RS256, Algorithm::ES256, Algorithm::ES256]),
    );
    assert_eq!(
        only(&faults.unwrap_err()),
        KeyProblem::Unserved(Algorithm::ES256)
    );
    // Not reported while a key that could be the missing one has a fault.
    let faults = build(
        [Key::pem(RSA), Key::pem("")],
        Some(&[Algorithm::RS256, Algorithm::ES256]),
    );
    assert!(matches!(
        only(&faults.unwrap_err()),
        KeyProblem::Malformed(_)
    ));
}
