//! Which keys of a JWK set are used, and which are skipped.

use http::HeaderMap;

use super::*;
use crate::fetch::FetchedDocument;
use crate::keys::remote::document::{JwksDocument, Skipped};

fn read(keys: impl IntoIterator<Item = Value>) -> JwksDocument {
    JwksDocument::read(&answer(set(keys)), None).unwrap()
}

fn answer(body: impl Into<Vec<u8>>) -> FetchedDocument {
    FetchedDocument {
        headers: HeaderMap::new(),
        body: body.into(),
    }
}

fn with(key: &TestKey, members: &Value) -> Value {
    let mut jwk = key.jwk();
    for (name, value) in members.as_object().unwrap() {
        jwk[name] = value.clone();
    }
    jwk
}

fn verify(document: &JwksDocument, key: &TestKey, kid: Option<&str>) -> Result<(), SignatureError> {
    let signature = key.key.sign(Algorithm::ES256, INPUT).unwrap();
    document
        .set
        .verify(kid, Algorithm::ES256, INPUT, &signature)
}

#[test]
fn each_invalid_key_of_a_jwk_set_is_skipped_alone() {
    let good = TestKey::new("good");
    let bad = TestKey::new("bad");
    let weak = KeySigner::pem(include_str!("../../tests/keys/rsa_private.pem"))
        .unwrap()
        .public_jwk()
        .unwrap();
    let cases = [
        (
            json!({ "kty": "XYZ", "kid": "bad" }),
            "keys of type \"XYZ\" are not supported",
        ),
        (json!({ "kid": "bad" }), "the member `kty` is missing"),
        (with(&bad, &json!({ "use": "enc" })), "`use` is not \"sig\""),
        (
            with(&bad, &json!({ "key_ops": ["sign"] })),
            "`key_ops` lacks \"verify\"",
        ),
        (
            with(&bad, &json!({ "key_ops": "verify" })),
            "`key_ops` is not an array",
        ),
        (
            with(&bad, &json!({ "alg": "ES384" })),
            "`alg` is ES384, but the key is a P-256 key",
        ),
        (
            with(&bad, &json!({ "alg": "ECDH-ES" })),
            "not a supported signature algorithm",
        ),
        (
            with(&bad, &json!({ "crv": "P-521" })),
            "ES512 is not supported",
        ),
        (
            with(&bad, &json!({ "x": "AAAA" })),
            "the coordinate `x` has 3 octets",
        ),
        (with(&bad, &json!({ "x": "*" })), "`x` is not base64url"),
        (
            with(&bad, &json!({ "x": good.jwk()["y"] })),
            "not a point on the curve",
        ),
        (
            with(&bad, &json!({ "d": "AAAA" })),
            "the JWK contains a private key",
        ),
        (
            json!({ "kty": "RSA", "kid": "bad", "n": "AQAB", "e": "AQAB" }),
            "the RSA modulus has",
        ),
        (
            json!({ "kty": "RSA", "kid": "bad", "n": weak["n"], "e": "AQ" }),
            "the RSA public exponent",
        ),
        (
            json!({ "kty": "oct", "kid": "bad", "k": "A".repeat(43) }),
            "this is a secret (`oct`)",
        ),
    ];
    for (jwk, expected) in cases {
        let document = read([jwk.clone(), good.jwk()]);
        let [skipped] = document.skipped.as_slice() else {
            panic!("{jwk}: {:?}", document.skipped);
        };
        assert_eq!(skipped.key, "key 1 (kid \"bad\")");
        assert!(skipped.reason.contains(expected), "{skipped:?}");
        assert_eq!(document.set.len(), 1);
        assert_eq!(verify(&document, &good, Some("good")), Ok(()));
        // It is known, so its tokens cause no fetch.
        assert_eq!(
            verify(&document, &bad, Some("bad")),
            Err(SignatureError::AlgorithmMismatch)
        );
    }
    for not_a_key in [json!(null), json!("a"), json!([])] {
        let document = read([not_a_key, good.jwk()]);
        assert_eq!(document.skipped[0].key, "key 1");
        assert_eq!(verify(&document, &good, Some("good")), Ok(()));
    }
}

#[test]
fn an_exposed_secret_key_in_a_jwk_set_is_skipped_and_reported_as_exposed() {
    let good = TestKey::new("good");
    let exposed = with(
        &TestKey::new("private"),
        &json!({ "d": "AAAA", "use": "enc" }),
    );
    let secret = json!({ "kty": "oct", "kid": "secret", "k": "A".repeat(86) });
    let document = read([exposed, secret, good.jwk(), json!({ "kty": "XYZ" })]);
    let is_exposed: Vec<_> = document.skipped.iter().map(|key| key.is_exposed).collect();
    assert_eq!(is_exposed, [true, true, false]);
    for Skipped { reason, .. } in &document.skipped {
        assert!(!reason.contains("AAAA"), "{reason}");
    }
}

#[test]
fn the_first_of_two_keys_with_one_kid_is_used() {
    let (first, second) = (TestKey::new("a"), TestKey::new("a"));
    let document = read([first.jwk(), second.jwk()]);
    assert_eq!(verify(&document, &first, Some("a")), Ok(()));
    assert_eq!(
        verify(&document, &second, Some("a")),
        Err(SignatureError::BadSignature)
    );
    assert!(
        document.skipped[0]
            .reason
            .contains("already has the kid \"a\"")
    );
    // A key that appears twice counts once.
    let document = read([first.jwk(), first.jwk()]);
    assert_eq!((document.set.len(), document.skipped.len()), (1, 0));
}

#[test]
fn a_key_that_collides_for_one_algorithm_is_skipped_for_all() {
    let rsa = |pem: &str| KeySigner::pem(pem).unwrap().public_jwk().unwrap();
    let mut first = rsa(include_str!("../../tests/keys/rsa_private.pem"));
    first["kid"] = json!("a");
    let mut second = first.clone();
    first["alg"] = json!("PS256");
    // Another modulus of the same length, still odd.
    let other = second["n"].as_str().unwrap().replacen('A', "B", 1);
    second["n"] = json!(other);
    let document = read([first, second]);
    let algorithms: Vec<_> = document.set.algorithms().collect();
    assert_eq!(algorithms, [Algorithm::PS256]);
    assert_eq!(document.skipped.len(), 1);
}

#[test]
fn at_most_eight_keys_without_a_kid_are_used() {
    let keys: Vec<_> = (0..9).map(|_| TestKey::nameless()).collect();
    let document = read(keys.iter().map(TestKey::jwk));
    for key in &keys[..8] {
        assert_eq!(verify(&document, key, None), Ok(()));
    }
    assert_eq!(
        verify(&document, &keys[8], None),
        Err(SignatureError::UnknownKey)
    );
    assert_eq!(document.skipped[0].key, "key 9");
    assert!(
        document.skipped[0]
            .reason
            .starts_with("9 keys for ES256 have no id")
    );
}

#[test]
fn a_key_repeated_in_a_jwk_set_counts_once() {
    let (named, nameless) = (TestKey::new("a"), TestKey::nameless());
    let keys = (0..999).map(|n| if n % 2 == 0 { &named } else { &nameless }.jwk());
    let again = read([named.jwk(), nameless.jwk()]);
    let document = read(keys);
    assert_eq!(document.skipped, []);
    assert_eq!(document.set.len(), 2);
    assert_eq!(document.keys.count(), again.keys.count());
    assert!(verify(&document, &named, Some("a")).is_ok());
    assert!(verify(&document, &nameless, None).is_ok());
}

#[test]
fn a_jwk_set_of_more_than_a_thousand_keys_is_refused() {
    let good = TestKey::new("good").jwk();
    let with = |junk: usize| {
        let junk = std::iter::repeat_n(json!({}), junk);
        JwksDocument::read(&answer(set(junk.chain([good.clone()]))), None)
    };
    let document = with(999).unwrap();
    assert_eq!((document.set.len(), document.skipped.len()), (1, 999));
    let problem = with(1_000).err().unwrap().to_string();
    assert!(problem.contains("more than 1000 members"), "{problem}");
}

#[test]
fn fetched_keys_serve_only_the_configured_algorithms() {
    let body = answer(set([TestKey::new("a").jwk()]));
    let problem = JwksDocument::read(&body, Some(&[Algorithm::RS256]))
        .err()
        .unwrap();
    assert!(
        problem.to_string().contains("it can verify ES256"),
        "{problem}"
    );
    assert!(JwksDocument::read(&body, Some(&[Algorithm::RS256, Algorithm::ES256])).is_ok());
}

#[test]
fn the_possible_algorithms_are_known_before_the_first_fetch() {
    let provider = Provider::default();
    let origin = || JwksLocation::key_set(KEYS, PlainHttp::Loopback).unwrap();
    let any = provider.start(origin(), KeyRefresh::new(), None);
    assert!(any.may_have(Algorithm::RS256) && any.may_have(Algorithm::EdDSA));
    assert!(!any.may_have(Algorithm::HS256));
    let one = provider.start(origin(), KeyRefresh::new(), Some(vec![Algorithm::ES256]));
    assert!(one.may_have(Algorithm::ES256) && !one.may_have(Algorithm::RS256));
}

#[test]
fn jwk_set_members_that_are_null_count_as_absent() {
    let key = TestKey::new("a");
    let nulls = json!({
        "d": null, "p": null, "use": null, "alg": null, "key_ops": null, "x5c": null,
    });
    let document = read([with(&key, &nulls)]);
    assert!(document.skipped.is_empty(), "{:?}", document.skipped);
    verify(&document, &key, Some("a")).unwrap();

    let nameless = read([with(&key, &json!({ "kid": null }))]);
    verify(&nameless, &key, None).unwrap();
}

#[test]
fn a_compressed_jwk_set_has_its_own_error() {
    let Err(problem) = JwksDocument::read(&answer(&b"\x1f\x8b\x08\x00"[..]), None) else {
        panic!("it was read");
    };
    assert!(
        problem.to_string().contains("compressed with gzip"),
        "{problem}"
    );
}
