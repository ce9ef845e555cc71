use serde_json::{Value, json};

use super::*;
use crate::keys::signing::KeySigner;

fn message(jwk: &Value) -> String {
    problem_of(Key::jwk(jwk.to_string())).to_string()
}

fn rsa() -> Value {
    KeySigner::pem(key_file!("rsa_private"))
        .unwrap()
        .public_jwk()
        .unwrap()
}

fn p256() -> Value {
    KeySigner::pem(key_file!("p256_private"))
        .unwrap()
        .public_jwk()
        .unwrap()
}

fn ed25519() -> Value {
    KeySigner::pem(key_file!("ed25519_private"))
        .unwrap()
        .public_jwk()
        .unwrap()
}

fn oct() -> Value {
    json!({ "kty": "oct", "k": base64url([7; 64]) })
}

fn with(mut jwk: Value, name: &str, value: impl Into<Value>) -> Value {
    jwk[name] = value.into();
    jwk
}

#[test]
fn a_jwk_that_is_not_a_json_object_is_refused() {
    for (text, reason) in [
        ("", "it is not JSON (line 1, column 0)"),
        ("{", "it is not JSON"),
        ("{} {}", "it is not JSON"),
        ("[]", "a JWK is a JSON object"),
        ("\"RSA\"", "a JWK is a JSON object"),
        ("null", "a JWK is a JSON object"),
        (r#"{"keys":[]}"#, "it is a JWK set, not one JWK"),
    ] {
        let message = problem_of(Key::jwk(text)).to_string();
        assert!(message.contains(reason), "{message} for {text}");
    }
    let deep = "[".repeat(100_000);
    assert!(
        problem_of(Key::jwk(deep))
            .to_string()
            .contains("it is not JSON")
    );
}

#[test]
fn a_missing_or_mistyped_jwk_member_is_named() {
    for (jwk, names) in [
        (rsa(), &["kty", "n", "e"][..]),
        (p256(), &["kty", "crv", "x", "y"]),
        (ed25519(), &["kty", "crv", "x"]),
        (oct(), &["kty", "k"]),
    ] {
        for name in names {
            let mut without = jwk.clone();
            without.as_object_mut().unwrap().remove(*name);
            let null = with(jwk.clone(), name, json!(null));
            for absent in [&without, &null] {
                let text = message(absent);
                assert!(
                    text.contains(&format!("the member `{name}` is missing")),
                    "{text}"
                );
            }
            for wrong in [json!(7), json!(["AQAB"]), json!({})] {
                let text = message(&with(jwk.clone(), name, wrong));
                assert!(
                    text.contains(&format!("`{name}` is not a string")),
                    "{text}"
                );
            }
        }
    }
    for name in ["kid", "use", "alg"] {
        assert!(message(&with(rsa(), name, 7)).contains(&format!("`{name}` is not a string")));
    }
    assert!(message(&with(rsa(), "key_ops", "verify")).contains("`key_ops` is not an array"));
}

#[test]
fn padded_or_non_canonical_base64url_in_a_jwk_is_refused() {
    for (jwk, name) in [
        (rsa(), "n"),
        (rsa(), "e"),
        (p256(), "x"),
        (ed25519(), "x"),
        (oct(), "k"),
    ] {
        let text = jwk[name].as_str().unwrap().to_owned();
        for wrong in [
            format!("{text}="),
            format!("{text}=="),
            format!(" {text}"),
            format!("{text}\n"),
            format!("+/{text}"),
            "A".to_owned(),
        ] {
            assert!(build([Key::jwk(with(jwk.clone(), name, wrong).to_string())], None).is_err());
        }
    }
    // 32 octets leave four bits over, which have to be zero.
    let x = ed25519()["x"].as_str().unwrap().to_owned();
    let last = x.chars().last().unwrap();
    let next = char::from(u8::try_from(last).unwrap() + 1);
    let changed = format!("{}{next}", &x[..x.len() - 1]);
    let text = message(&with(ed25519(), "x", changed));
    assert!(
        text.contains("`x` is not base64url without padding"),
        "{text}"
    );
}

#[test]
fn a_jwk_with_a_prime_factor_is_refused_as_private() {
    for member in ["p", "q", "dp", "dq", "qi", "oth"] {
        let jwk = with(rsa(), member, "AQAB").to_string();
        assert_eq!(
            problem_of(Key::jwk(&jwk)),
            KeyProblem::PrivateJwk,
            "{member}"
        );
    }
}

#[test]
fn a_jwk_with_a_private_member_is_refused() {
    for jwk in [rsa(), p256(), ed25519()] {
        let jwk = with(jwk, "d", "AQAB").to_string();
        assert_eq!(problem_of(Key::jwk(&jwk)), KeyProblem::PrivateJwk);
        let faults = build_set(&format!(r#"{{"keys":[{jwk}]}}"#)).unwrap_err();
        assert_eq!(only(&faults), KeyProblem::PrivateJwk);
    }
    assert!(
        KeyProblem::PrivateJwk
            .to_string()
            .contains("contains a private key; remove `d`")
    );
}

#[test]
fn a_jwk_coordinate_of_the_wrong_length_is_refused() {
    for (private, length) in [
        (key_file!("p256_private"), 32),
        (key_file!("p384_private"), 48),
    ] {
        let jwk = KeySigner::pem(private).unwrap().public_jwk().unwrap();
        for (name, part) in [("x", "the coordinate `x`"), ("y", "the coordinate `y`")] {
            let octets = from_base64url(jwk[name].as_str().unwrap());
            for wrong in [vec![], octets[1..].to_vec(), [&[0], &octets[..]].concat()] {
                assert_eq!(
                    problem_of(Key::jwk(
                        with(jwk.clone(), name, base64url(&wrong)).to_string()
                    )),
                    KeyProblem::PointLength {
                        part,
                        octets: wrong.len(),
                        expected: length
                    }
                );
            }
        }
        // One octet moved from one to the other: the sum is right.
        let (x, y) = (jwk["x"].as_str().unwrap(), jwk["y"].as_str().unwrap());
        let both = [from_base64url(x), from_base64url(y)].concat();
        let (x, y) = both.split_at(length - 1);
        let moved = with(with(jwk, "x", base64url(x)), "y", base64url(y));
        assert!(message(&moved).contains("the coordinate `x` has"));
    }
}

#[test]
fn an_unsupported_key_type_or_curve_of_a_jwk_is_named() {
    for (jwk, reason) in [
        (
            json!({ "kty": "AKP" }),
            "keys of type \"AKP\" are not supported",
        ),
        (
            with(rsa(), "kty", "rsa"),
            "keys of type \"rsa\" are not supported",
        ),
        (with(p256(), "crv", "P-521"), "ES512 is not supported"),
        (with(p256(), "crv", "secp256k1"), "ES256K is not supported"),
        (
            with(p256(), "crv", "Ed25519"),
            "the curve Ed25519 is not supported",
        ),
        (
            with(ed25519(), "crv", "Ed448"),
            "the curve Ed448 is not supported",
        ),
        (
            with(ed25519(), "crv", "X25519"),
            "X25519 keys encrypt and can't sign",
        ),
        (
            with(ed25519(), "crv", "P-256"),
            "the curve P-256 is not supported",
        ),
    ] {
        let message = message(&jwk);
        assert!(message.contains(reason), "{message}");
    }
}

#[test]
fn the_alg_of_a_jwk_must_match_its_key_type() {
    for (jwk, algorithm, reason) in [
        (rsa(), "ES256", "`alg` is ES256, but the key is an RSA key"),
        (rsa(), "HS256", "`alg` is HS256, but the key is an RSA key"),
        (
            p256(),
            "ES384",
            "`alg` is ES384, but the key is a P-256 key",
        ),
        (
            p256(),
            "RS256",
            "`alg` is RS256, but the key is a P-256 key",
        ),
        (
            ed25519(),
            "ES256",
            "`alg` is ES256, but the key is an Ed25519 key",
        ),
        (
            oct(),
            "RS256",
            "`alg` is RS256, but the key is an HMAC secret",
        ),
        (
            rsa(),
            "RSA-OAEP",
            "`alg` is \"RSA-OAEP\", which is not a supported signature",
        ),
        (
            rsa(),
            "none",
            "`alg` is \"none\", which is not a supported signature",
        ),
        (p256(), "ES512", "ES512 is not supported"),
    ] {
        let message = message(&with(jwk, "alg", algorithm));
        assert!(message.contains(reason), "{message}");
    }
}

#[test]
fn a_jwk_that_is_not_for_signatures_is_refused() {
    let problem = |jwk: Value| problem_of(Key::jwk(jwk.to_string()));
    for wrong in ["enc", "SIG", ""] {
        let problem = problem(with(rsa(), "use", wrong));
        assert_eq!(problem, KeyProblem::NotForVerification { member: "use" });
    }
    for wrong in [
        json!([]),
        json!(["sign"]),
        json!(["encrypt", "wrapKey"]),
        json!([7]),
    ] {
        let problem = problem(with(oct(), "key_ops", wrong));
        assert_eq!(
            problem,
            KeyProblem::NotForVerification { member: "key_ops" }
        );
    }
}
