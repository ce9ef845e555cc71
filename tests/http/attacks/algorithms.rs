//! Tokens that want to choose how they are verified.

use auth_runtime::Jwt;
use auth_runtime::keys::Algorithm;
use auth_runtime::testing::Issuer;
use auth_tests::application::{AUDIENCE, ISSUER};
use auth_tests::client::Request;
use auth_tests::keys::{ED25519_PRIVATE, RSA_PRIVATE, RSA_PUBLIC};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

use super::{ALGORITHM, MALFORMED, Target, reader};

fn rsa() -> Jwt {
    Jwt::issuer(ISSUER).audience(AUDIENCE).pem(RSA_PUBLIC)
}

#[tokio::test]
async fn b3_alg_none_is_refused_in_every_spelling() {
    let (target, issuer) = Target::with_issuer().await;
    let spellings = [
        "none",
        "None",
        "NONE",
        "nOnE",
        "noNe",
        "none\0",
        "none ",
        "\u{6e}one",
        "nоne",
        "nonE",
        "",
    ];
    for alg in spellings {
        let signed = reader(&issuer).header("alg", alg).sign();
        let (unsigned, _) = signed.rsplit_once('.').unwrap();
        target.assert_refused(alg, &signed, ALGORITHM).await;
        target
            .assert_refused(alg, &format!("{unsigned}."), ALGORITHM)
            .await;
        target.assert_refused(alg, unsigned, MALFORMED).await;
        target
            .assert_refused(alg, &format!("{unsigned}.AA"), ALGORITHM)
            .await;
    }
    for token in [
        reader(&issuer).without_header("alg"),
        reader(&issuer).header("alg", ["none"]),
    ] {
        let signed = token.sign();
        let (unsigned, _) = signed.rsplit_once('.').unwrap();
        for token in [&signed, &format!("{unsigned}.")] {
            let response = target
                .server
                .send(&Request::get("/read").bearer(token))
                .await;
            assert_eq!(response.status, 401);
        }
    }
}

#[tokio::test]
async fn b4_an_rsa_public_key_in_any_form_is_not_an_hmac_secret() {
    let target = Target::trusting(rsa()).await;
    let trusted = Issuer::with_pem(ISSUER, AUDIENCE, RSA_PRIVATE);
    target
        .assert_let_in(
            "the real thing",
            &reader(&trusted).without_header("kid").sign(),
        )
        .await;

    let body: String = RSA_PUBLIC
        .lines()
        .filter(|line| !line.starts_with('-'))
        .collect();
    let der = STANDARD.decode(&body).unwrap();
    let jwks = trusted.jwks();
    let jwk = jwks
        .strip_prefix(r#"{"keys":["#)
        .unwrap()
        .strip_suffix("]}")
        .unwrap();
    let set: serde_json::Value = serde_json::from_str(&jwks).unwrap();
    let modulus = set["keys"][0]["n"].as_str().unwrap();
    for (what, secret) in [
        ("PEM", RSA_PUBLIC.as_bytes().to_vec()),
        (
            "PEM without its last line feed",
            RSA_PUBLIC.trim_end().as_bytes().to_vec(),
        ),
        (
            "PEM with CR LF",
            RSA_PUBLIC.replace('\n', "\r\n").into_bytes(),
        ),
        ("base64 of the DER", body.into_bytes()),
        ("DER", der),
        ("JWK", jwk.as_bytes().to_vec()),
        ("JWK Set", jwks.clone().into_bytes()),
        ("the modulus", URL_SAFE_NO_PAD.decode(modulus).unwrap()),
        ("the modulus in base64url", modulus.as_bytes().to_vec()),
        ("nothing", Vec::new()),
    ] {
        for algorithm in [Algorithm::HS256, Algorithm::HS384, Algorithm::HS512] {
            let attacker = Issuer::with_secret(ISSUER, AUDIENCE, &secret).algorithm(algorithm);
            let token = reader(&attacker);
            target.assert_refused(what, &token.sign(), ALGORITHM).await;
            target
                .assert_refused(what, &token.header("kid", "testing").sign(), ALGORITHM)
                .await;
        }
    }
}

#[tokio::test]
async fn b4_an_ed25519_public_key_is_not_an_hmac_secret() {
    let trusted = Issuer::with_pem(ISSUER, AUDIENCE, ED25519_PRIVATE);
    let target = Target::trusting(trusted.jwt()).await;
    let set: serde_json::Value = serde_json::from_str(&trusted.jwks()).unwrap();
    let key = URL_SAFE_NO_PAD
        .decode(set["keys"][0]["x"].as_str().unwrap())
        .unwrap();
    assert_eq!(key.len(), 32);
    let attacker = Issuer::with_secret(ISSUER, AUDIENCE, key);
    target
        .assert_let_in("the real thing", &reader(&trusted).sign())
        .await;
    target
        .assert_refused(
            "raw",
            &reader(&attacker).header("kid", "testing").sign(),
            ALGORITHM,
        )
        .await;
    target
        .assert_refused("raw, no kid", &reader(&attacker).sign(), ALGORITHM)
        .await;
}

#[tokio::test]
async fn b4_only_the_configured_algorithms_of_a_key_are_accepted() {
    let target = Target::trusting(rsa().algorithms([Algorithm::RS256])).await;
    let signed = |algorithm| {
        let issuer = Issuer::with_pem(ISSUER, AUDIENCE, RSA_PRIVATE).algorithm(algorithm);
        reader(&issuer).without_header("kid").sign()
    };
    target
        .assert_let_in("RS256", &signed(Algorithm::RS256))
        .await;
    for algorithm in [
        Algorithm::RS384,
        Algorithm::RS512,
        Algorithm::PS256,
        Algorithm::PS384,
    ] {
        target
            .assert_refused(&format!("{algorithm:?}"), &signed(algorithm), ALGORITHM)
            .await;
    }
}

#[tokio::test]
async fn b5_building_an_auth_with_hmac_and_rsa_keys_fails() {
    let mixed = rsa().secret([7; 32]);
    assert!(auth_runtime::Auth::builder().bearer(mixed).build().is_err());
}

#[tokio::test]
async fn b5_building_an_auth_with_an_rsa_key_of_1024_bits_fails() {
    let weak = Jwt::issuer(ISSUER)
        .audience(AUDIENCE)
        .pem(auth_tests::keys::RSA_1024_PUBLIC);
    let error = auth_runtime::Auth::builder()
        .bearer(weak)
        .build()
        .unwrap_err();
    assert!(error.to_string().contains("1024"), "{error}");
}
