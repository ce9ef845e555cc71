//! The settings of an issuer and of the `Jwt` that accepts its tokens.

use super::*;
use crate::bearer::TypeRule;
use crate::token_issuer::InvalidTokenIssuer;

fn texts(error: &InvalidTokenIssuer) -> Vec<String> {
    error.faults().iter().map(ToString::to_string).collect()
}

#[test]
fn all_faults_of_an_issuer_are_reported_together() {
    let error = TokenIssuer::builder("", SigningKey::pem("secret content"))
        .audience("")
        .verification_key(SigningKey::jwk("{}"))
        .lifetime(Duration::from_millis(999))
        .build()
        .unwrap_err();
    let texts = texts(&error);
    assert_eq!(texts.len(), 5, "{texts:#?}");
    for (text, expected) in texts.iter().zip([
        "it is empty",
        "an audience is empty",
        "the lifetime of its tokens is less than a second",
        "signing key 1 (PEM): ",
        "signing key 2 (JWK): ",
    ]) {
        assert!(text.contains(expected), "{text}");
    }
    assert!(!error.to_string().contains("secret content"));
}

#[test]
fn an_issuer_needs_an_audience_and_a_name_that_is_not_its_metadata() {
    let metadata = "https://shop.example/.well-known/openid-configuration";
    let error = TokenIssuer::builder(metadata, SigningKey::generate()).build();
    let texts = texts(&error.unwrap_err());
    assert_eq!(texts.len(), 2, "{texts:#?}");
    assert!(texts[0].contains("the address of the issuer's metadata"));
    assert!(texts[1].contains("no audience"));
}

#[test]
fn the_uri_of_the_keys_follows_the_name_unless_it_is_given() {
    let uri = |issuer: TokenIssuer| {
        let metadata: Value = serde_json::from_str(&issuer.metadata()).unwrap();
        metadata["jwks_uri"].clone()
    };
    let slash = TokenIssuer::builder("https://shop.example/", SigningKey::generate());
    let slash = slash.audience("a").build().unwrap();
    assert_eq!(uri(slash), "https://shop.example/.well-known/jwks.json");
    let other = shop(SigningKey::generate()).jwks_uri("https://keys.example/shop");
    assert_eq!(uri(other.build().unwrap()), "https://keys.example/shop");
}

#[test]
fn the_matching_jwt_takes_no_other_keys_and_no_algorithms() {
    let jwt = || issuer().jwt();
    for jwt in [
        jwt().secret(SECRET),
        jwt().jwks_url("https://shop.example/jwks"),
        jwt().algorithms([Algorithm::ES256]),
    ] {
        let error = Auth::builder().bearer(jwt).build().unwrap_err().to_string();
        assert!(error.contains("those of the `TokenIssuer`"), "{error}");
    }
}

#[test]
fn an_expected_type_is_not_empty() {
    let jwt = issuer().jwt().typ(TypeRule::exactly(""));
    let error = Auth::builder().bearer(jwt).build().unwrap_err().to_string();
    assert!(error.contains("`TypeRule::exactly`"), "{error}");
}

#[test]
fn debug_output_shows_no_key_and_no_password() {
    let secret = "a secret of thirty-two bytes, ok";
    let issuer = TokenIssuer::<HmacSecret>::builder(
        "https://user:hunter2@shop.example",
        HmacSecret::new(secret),
    )
    .audience(SHOP);
    let builder = format!("{issuer:?}");
    let issuer = issuer.build().unwrap();
    let token = issuer.token("alice").claim("email", "a@b.example");
    let shown = format!("{builder} {issuer:?} {token:?}");
    for hidden in [secret, "hunter2", "a@b.example"] {
        assert!(!shown.contains(hidden), "{shown}");
    }
}
