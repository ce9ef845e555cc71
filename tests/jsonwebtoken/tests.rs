//! An application's own use of jsonwebtoken and a guard in one process. `tests/jsonwebtoken/run` runs
//! this with each back end of the one beside each back end of the other.

#![allow(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a test that can't go on has failed"
)]

use auth_jsonwebtoken_tests::{Application, start};
use axum::http::StatusCode;
use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::jwk::{Jwk, ThumbprintHash};
use jsonwebtoken::{Algorithm, EncodingKey};

macro_rules! key {
    ($name:literal) => {
        include_bytes!(concat!(
            "../../auth-runtime/src/keys/tests/keys/",
            $name,
            "_private.pem"
        ))
    };
}

/// Another key of the same kind comes second.
async fn check(algorithm: Algorithm, signs: EncodingKey, other: Option<EncodingKey>) {
    let application = Application::new(algorithm, signs);
    let token = application.sign();
    assert_eq!(application.verify(&token).unwrap(), "alice");
    assert_eq!(application.call(&token).await, StatusCode::OK);

    let mut refused = Vec::from_iter(other.map(|key| Application::new(algorithm, key).sign()));
    // In the payload, and in the signature.
    for position in [token.find('.').unwrap() + 5, token.rfind('.').unwrap() + 5] {
        let mut altered = token.clone().into_bytes();
        altered[position] = if altered[position] == b'A' {
            b'B'
        } else {
            b'A'
        };
        refused.push(String::from_utf8(altered).unwrap());
    }
    for token in refused {
        let error = application.verify(&token).unwrap_err();
        assert_eq!(*error.kind(), ErrorKind::InvalidSignature);
        assert_eq!(application.call(&token).await, StatusCode::UNAUTHORIZED);
    }
}

#[tokio::test]
async fn hs256_signs_and_verifies_through_jsonwebtoken() {
    let secret = |octet: u8| EncodingKey::from_secret(&[octet; 32]).unwrap();
    check(Algorithm::HS256, secret(7), Some(secret(8))).await;
}

#[tokio::test]
async fn rs256_signs_and_verifies_through_jsonwebtoken() {
    let key = EncodingKey::from_rsa_pem(key!("rsa")).unwrap();
    check(Algorithm::RS256, key, None).await;
}

#[tokio::test]
async fn ps256_signs_and_verifies_through_jsonwebtoken() {
    let key = EncodingKey::from_rsa_pem(key!("rsa")).unwrap();
    check(Algorithm::PS256, key, None).await;
}

#[tokio::test]
async fn es256_signs_and_verifies_through_jsonwebtoken() {
    let key = EncodingKey::from_ec_pem(key!("p256")).unwrap();
    check(Algorithm::ES256, key, None).await;
}

#[tokio::test]
async fn es384_signs_and_verifies_through_jsonwebtoken() {
    let key = EncodingKey::from_ec_pem(key!("p384")).unwrap();
    check(Algorithm::ES384, key, None).await;
}

#[tokio::test]
async fn eddsa_signs_and_verifies_through_jsonwebtoken() {
    let key = EncodingKey::from_ed_pem(key!("ed25519")).unwrap();
    check(Algorithm::EdDSA, key, None).await;
}

#[tokio::test]
async fn a_jsonwebtoken_token_of_an_unsupported_algorithm_is_refused() {
    let key = EncodingKey::from_ec_pem(key!("p256")).unwrap();
    let application = Application::new(Algorithm::ES256, key);
    let token = application.sign();
    let (_, rest) = token.split_once('.').unwrap();
    // {"alg":"ES512","typ":"at+jwt"}
    let token = format!("eyJhbGciOiJFUzUxMiIsInR5cCI6ImF0K2p3dCJ9.{rest}");
    assert!(application.verify(&token).is_err());
    assert_eq!(application.call(&token).await, StatusCode::UNAUTHORIZED);
}

/// RFC 7638 section 3.1.
#[test]
fn a_jwk_thumbprint_matches_the_example_of_the_rfc() {
    start();
    let key: Jwk = serde_json::from_str(
        r#"{"kty":"RSA","n":"0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw","e":"AQAB","alg":"RS256","kid":"2011-04-29"}"#,
    )
    .unwrap();
    assert_eq!(
        key.thumbprint(ThumbprintHash::SHA256).unwrap(),
        "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"
    );
}
