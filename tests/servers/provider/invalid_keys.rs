//! JWK sets with invalid keys: each invalid key is skipped.

use auth_runtime::keys::{Algorithm, KeyRefresh};
use auth_runtime::testing::Issuer;
use auth_tests::clock::StoppedClock;
use auth_tests::keys;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::key_server::{Answer, KEYS, KeyServer, key_of, key_set};
use super::{
    AUDIENCE, COOL_DOWN, ISSUER, fresh, generation, on_demand, read_by_alice, reader, start_node,
    trust,
};

/// The modulus of a key is the `INTEGER` of so many bytes in its DER.
fn modulus_of_1024_bits() -> String {
    let text: String = keys::RSA_1024_PUBLIC
        .lines()
        .filter(|line| !line.starts_with('-'))
        .collect();
    let der = base64::engine::general_purpose::STANDARD
        .decode(text)
        .unwrap();
    // INTEGER, 129 bytes, the first of them the sign.
    let start = der
        .windows(4)
        .position(|bytes| bytes == [2, 0x81, 129, 0])
        .unwrap()
        + 4;
    URL_SAFE_NO_PAD.encode(&der[start..start + 128])
}

/// See `keys/tests/faults_of_strength.rs` of the runtime.
fn modulus_of_roca() -> String {
    let text = include_str!("../../../auth-runtime/src/keys/tests/keys/rsa_2048_roca_modulus.txt");
    text.replace('\n', "")
}

/// Changes one member of a key.
fn with(key: &Value, member: &str, value: impl Into<Value>) -> Value {
    let mut key = key.clone();
    key[member] = value.into();
    key
}

/// Keys that verify no token, with a description.
fn bad_keys(bad: &Issuer) -> Vec<(&'static str, Value)> {
    let key = key_of(bad);
    let x = key["x"].clone();
    let zeros = URL_SAFE_NO_PAD.encode([0; 32]);
    let secret = URL_SAFE_NO_PAD.encode([7; 32]);
    let rsa = |modulus: &str| json!({ "kty": "RSA", "kid": "bad", "n": modulus, "e": "AQAB" });
    let okp = |curve: &str| json!({ "kty": "OKP", "kid": "bad", "crv": curve, "x": x });
    vec![
        ("null", Value::Null),
        ("a number", json!(7)),
        ("a string", json!("key")),
        ("an array", json!([key])),
        ("an empty object", json!({})),
        ("an unknown type", with(&key, "kty", "AKP")),
        ("a type that is no string", with(&key, "kty", 7)),
        (
            "a point that is not on the curve",
            with(&key, "y", x.clone()),
        ),
        (
            "the point at infinity",
            with(&with(&key, "x", zeros.clone()), "y", zeros),
        ),
        ("a point that is too short", with(&key, "y", "AAAA")),
        ("a coordinate that is missing", with(&key, "y", Value::Null)),
        ("a coordinate in another alphabet", with(&key, "y", "++//")),
        ("a curve of Bitcoin", with(&key, "crv", "secp256k1")),
        ("a curve of 521 bits", with(&key, "crv", "P-521")),
        ("another curve", with(&key, "crv", "P-384")),
        ("a key for encryption", with(&key, "use", "enc")),
        ("a use that is no string", with(&key, "use", json!(["sig"]))),
        (
            "a key for signing only",
            with(&key, "key_ops", json!(["sign"])),
        ),
        (
            "operations that are no array",
            with(&key, "key_ops", "verify"),
        ),
        ("an unknown algorithm", with(&key, "alg", "ES256X")),
        ("an algorithm of another type", with(&key, "alg", "RS256")),
        ("an algorithm for encryption", with(&key, "alg", "ECDH-ES")),
        ("an algorithm that is no string", with(&key, "alg", 7)),
        ("a private key", with(&key, "d", secret.clone())),
        (
            "a secret",
            json!({ "kty": "oct", "kid": "bad", "k": secret }),
        ),
        ("a weak RSA key", rsa(&modulus_of_1024_bits())),
        ("an RSA key that can be factored", rsa(&modulus_of_roca())),
        ("an RSA key of three bits", rsa("BQ")),
        ("an RSA key that is empty", rsa("")),
        ("an unknown Edwards curve", okp("Ed448")),
        ("a key for agreement", okp("X25519")),
        (
            "an Edwards point that is none",
            json!({ "kty": "OKP", "kid": "bad", "crv": "Ed25519", "x": "AAAA" }),
        ),
        ("a name that is no string", with(&key, "kid", 7)),
    ]
}

/// Tokens that name the invalid key, signed by the key itself, by a secret and by another key.
fn tokens_for(bad: &Issuer) -> [String; 4] {
    let secret = Issuer::with_secret(ISSUER, AUDIENCE, [7; 32]).key_id("bad");
    let x = key_of(bad)["x"].as_str().unwrap().to_owned();
    let public = Issuer::with_secret(ISSUER, AUDIENCE, x).key_id("bad");
    [
        fresh(bad),
        fresh(&secret),
        fresh(&public),
        fresh(&generation("bad")),
    ]
}

#[tokio::test]
async fn one_invalid_key_among_valid_ones_is_skipped() {
    let (first, last) = (generation("first"), generation("last"));
    let bad = generation("bad");
    for (what, key) in bad_keys(&bad) {
        let mut set = key_set([&first, &last]);
        set["keys"].as_array_mut().unwrap().insert(1, key);
        let server = KeyServer::with_keys(Answer::json(&set)).await;
        let node = start_node(trust(&server, on_demand())).await;
        for issuer in [&first, &last] {
            assert_eq!(node.status(&fresh(issuer)).await, 200, "{what}");
        }
        assert_eq!(node.auth.status().issuers[0].keys, 2, "{what}");
        for token in tokens_for(&bad) {
            // 503 if the key has no `kid`: it may be a new one until the next fetch (row B9).
            let status = node.status(&token).await;
            assert!([401, 503].contains(&status), "{what}: {status} for {token}");
        }
        for issuer in [&first, &last] {
            assert_eq!(node.status(&fresh(issuer)).await, 200, "{what}");
        }
    }
}

/// The test above proves nothing unless the unchanged key is accepted.
#[tokio::test]
async fn the_key_that_the_invalid_ones_are_derived_from_is_valid() {
    let bad = generation("bad");
    let server = KeyServer::with_keys(Answer::keys([&bad])).await;
    let node = start_node(trust(&server, on_demand())).await;
    let [own, others @ ..] = tokens_for(&bad);
    node.expect(&own, read_by_alice()).await;
    for other in others {
        assert_eq!(node.status(&other).await, 401, "{other}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_jwk_set_of_invalid_keys_only_removes_no_known_key() {
    let clock = StoppedClock::start();
    let issuer = generation("one");
    let bad = generation("bad");
    let server = KeyServer::with_keys(Answer::keys([&issuer])).await;
    let node = start_node(trust(&server, on_demand())).await;
    node.expect(&fresh(&issuer), read_by_alice()).await;
    let keys: Vec<Value> = bad_keys(&bad).into_iter().map(|(_, key)| key).collect();
    server.answer(KEYS, Answer::json(&json!({ "keys": keys })));
    clock.advance(COOL_DOWN).await;
    // The key `bad` is not known. The old keys were kept, and whether there are others is unknown.
    assert_eq!(node.status(&fresh(&generation("new"))).await, 503);
    node.expect(&fresh(&issuer), read_by_alice()).await;
}

#[tokio::test]
async fn keys_of_all_types_work_side_by_side() {
    let pem = |pem: &str, key_id: &str| Issuer::with_pem(ISSUER, AUDIENCE, pem).key_id(key_id);
    let rsa = pem(keys::RSA_PRIVATE, "rsa");
    let issuers = [
        generation("p256"),
        pem(keys::P384_PRIVATE, "p384"),
        pem(keys::ED25519_PRIVATE, "ed25519"),
        rsa.clone().algorithm(Algorithm::PS256),
        rsa.algorithm(Algorithm::RS256),
    ];
    let server = KeyServer::with_keys(Answer::keys(&issuers[..4])).await;
    let node = start_node(trust(&server, on_demand())).await;
    for issuer in &issuers {
        node.expect(&fresh(issuer), read_by_alice()).await;
    }
}

#[tokio::test]
async fn fetched_keys_accept_only_the_configured_algorithms() {
    let pem = Issuer::with_pem(ISSUER, AUDIENCE, keys::RSA_PRIVATE).key_id("rsa");
    let es256 = generation("p256");
    let server = KeyServer::with_keys(Answer::keys([&pem, &es256])).await;
    let jwt = trust(&server, on_demand()).algorithms([Algorithm::ES256, Algorithm::PS256]);
    let node = start_node(jwt).await;
    node.expect(&fresh(&es256), read_by_alice()).await;
    let ps256 = pem.clone().algorithm(Algorithm::PS256);
    node.expect(&fresh(&ps256), read_by_alice()).await;
    let rs256 = pem.algorithm(Algorithm::RS256);
    assert_eq!(node.status(&fresh(&rs256)).await, 401);
}

#[tokio::test]
async fn tokens_without_a_kid_use_the_key_without_a_kid() {
    let issuer = generation("one");
    let nameless = generation("nameless");
    let mut key = key_of(&nameless);
    key.as_object_mut().unwrap().remove("kid");
    let mut set = key_set([&issuer]);
    set["keys"].as_array_mut().unwrap().push(key);
    let server = KeyServer::with_keys(Answer::json(&set)).await;
    let refresh: KeyRefresh = on_demand();
    let node = start_node(trust(&server, refresh)).await;
    let token = reader(&nameless).without_header("kid").sign();
    node.expect(&token, read_by_alice()).await;
    node.expect(&fresh(&issuer), read_by_alice()).await;
}
