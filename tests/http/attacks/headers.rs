//! Header parameters that bring or name keys, or change the rules.

use std::io::ErrorKind;
use std::net::TcpListener;

use auth_runtime::testing::Issuer;
use auth_tests::application::{AUDIENCE, ISSUER, jwk};
use serde_json::{Value, json};

use super::{ALGORITHM, MALFORMED, SIGNATURE, Target, UNKNOWN_KEY, reader};

#[tokio::test]
async fn b7_a_key_in_the_token_header_is_not_used() {
    let (target, _) = Target::with_issuer().await;
    let attacker = Issuer::new(ISSUER, AUDIENCE);
    let key = jwk(&attacker, json!({}));
    for (what, name, value) in [
        ("jwk", "jwk", key.clone()),
        ("jwk as text", "jwk", json!(key.to_string())),
        ("a set", "jwk", json!({ "keys": [key] })),
        ("jwks", "jwks", json!({ "keys": [key] })),
        ("x5c", "x5c", json!(["MIIBszCCAVmgAwIBAgIUX1"])),
        ("x5c, empty", "x5c", json!([])),
        ("epk", "epk", key.clone()),
        ("key", "key", key.clone()),
    ] {
        let token = reader(&attacker).header(name, value);
        target.assert_refused(what, &token.sign(), SIGNATURE).await;
        target
            .assert_refused(what, &token.clone().without_header("kid").sign(), SIGNATURE)
            .await;
        target
            .assert_refused(what, &token.header("kid", "mine").sign(), UNKNOWN_KEY)
            .await;
    }
    let secret = Issuer::with_secret(ISSUER, AUDIENCE, [7; 32]);
    let key = json!({ "kty": "oct", "k": "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc" });
    let token = reader(&secret).header("jwk", key).sign();
    target.assert_refused("a secret", &token, ALGORITHM).await;
}

#[tokio::test]
async fn b7_a_url_in_the_token_header_is_never_fetched() {
    let (target, issuer) = Target::with_issuer().await;
    let attacker = Issuer::new(ISSUER, AUDIENCE);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let address = format!("http://{}/keys", listener.local_addr().unwrap());
    for name in ["jku", "x5u", "url", "iss", "kid", "openid_configuration"] {
        let token = reader(&attacker).header(name, &address);
        let description = if name == "kid" {
            UNKNOWN_KEY
        } else {
            SIGNATURE
        };
        target
            .assert_refused(name, &token.sign(), description)
            .await;
        if name != "kid" {
            target
                .assert_let_in(name, &reader(&issuer).header(name, &address).sign())
                .await;
        }
    }
    let named = attacker.token("alice").claim("iss", &address).sign();
    target
        .assert_refused("iss", &named, "The access token issuer is not trusted")
        .await;
    assert_eq!(
        listener.accept().unwrap_err().kind(),
        ErrorKind::WouldBlock,
        "it was fetched"
    );
}

#[tokio::test]
async fn b9_a_manipulated_kid_finds_no_key() {
    let (target, issuer) = Target::with_issuer().await;
    let long = "k".repeat(100_000);
    let games = [
        "",
        " ",
        "testing ",
        " testing",
        "TESTING",
        "testing\0",
        "test",
        "testing2",
        "0",
        "*",
        "%",
        "../../../../../../dev/null",
        "/dev/null",
        "file:///dev/null",
        "..\\..\\windows\\win.ini",
        "x' UNION SELECT 'secret' --",
        "'; DROP TABLE keys; --",
        "$(id)",
        "`id`",
        "|id",
        "{{7*7}}",
        "${jndi:ldap://127.0.0.1/x}",
        "\u{442}esting",
        "testing\u{200b}",
        &long,
    ];
    for kid in games {
        let what = &kid[..kid.len().min(40)];
        target
            .assert_refused(
                what,
                &reader(&issuer).header("kid", kid).sign(),
                UNKNOWN_KEY,
            )
            .await;
    }
    for kid in [
        json!(["testing"]),
        json!([]),
        json!(null),
        json!(7),
        json!({}),
        json!(true),
    ] {
        let token = reader(&issuer).header("kid", &kid).sign();
        target
            .assert_refused(&kid.to_string(), &token, MALFORMED)
            .await;
    }
}

#[tokio::test]
async fn b6_every_critical_header_extension_is_refused() {
    let (target, issuer) = Target::with_issuer().await;
    for (what, crit) in [
        ("exp", json!(["exp"])),
        ("b64", json!(["b64"])),
        ("alg", json!(["alg"])),
        ("none", json!([])),
        ("twice", json!(["x", "x"])),
        ("a number", json!([7])),
        ("text", json!("exp")),
        ("null", json!(null)),
        ("false", json!(false)),
        ("an object", json!({})),
    ] {
        let token = reader(&issuer).header("x", 1).header("crit", crit);
        target.assert_refused(what, &token.sign(), MALFORMED).await;
    }
    for b64 in [json!(false), json!("false"), json!(0), json!(null)] {
        let token = reader(&issuer).header("b64", &b64);
        target
            .assert_refused(&b64.to_string(), &token.sign(), MALFORMED)
            .await;
    }
}

#[tokio::test]
async fn b10_a_token_of_another_type_is_not_an_access_token() {
    let (target, issuer) = Target::with_issuer().await;
    for typ in [
        "JWT",
        "id+jwt",
        "logout+jwt",
        "dpop+jwt",
        "secevent+jwt",
        "rt+jwt",
        "oauth-authz-req+jwt",
        "token-introspection+jwt",
        "client-authentication+jwt",
        "passport",
        "statuslist+jwt",
        "at+jwt;x=y",
        "at+jwt, JWT",
        "application/at+jwt;q=1",
        "\u{430}t+jwt",
        "at+JWT\0",
    ] {
        let token = reader(&issuer).header("typ", typ).sign();
        target
            .assert_refused(typ, &token, "The token is not an access token")
            .await;
    }
    let nested = reader(&issuer)
        .header("typ", "JWT")
        .header("cty", "at+jwt")
        .sign();
    target
        .assert_refused("cty", &nested, "The token is not an access token")
        .await;
}

#[tokio::test]
async fn b1_a_duplicate_header_member_is_refused() {
    let (target, issuer) = Target::with_issuer().await;
    let payload = payload(&issuer);
    for header in [
        r#"{"alg":"none","alg":"ES256","typ":"at+jwt","kid":"testing"}"#,
        r#"{"alg":"ES256","alg":"none","typ":"at+jwt","kid":"testing"}"#,
        r#"{"\u0061lg":"none","alg":"ES256","typ":"at+jwt","kid":"testing"}"#,
        r#"{"alg":"ES256","typ":"at+jwt","typ":"JWT","kid":"testing"}"#,
        r#"{"alg":"ES256","typ":"at+jwt","kid":"x","kid":"testing"}"#,
        r#"{"alg":"ES256","typ":"at+jwt","kid":"testing","x":{"a":1,"\u0061":1}}"#,
    ] {
        target
            .assert_refused(header, &issuer.sign(header, &payload), MALFORMED)
            .await;
    }
    // Names that differ in case are two names: the wrong one is as good as none.
    let other_case = r#"{"ALG":"ES256","typ":"at+jwt","kid":"testing"}"#;
    target
        .assert_refused(other_case, &issuer.sign(other_case, &payload), ALGORITHM)
        .await;
}

fn payload(issuer: &Issuer) -> String {
    let token = reader(issuer).sign();
    let part = token.split('.').nth(1).unwrap();
    let bytes = base64::Engine::decode(&base64::engine::general_purpose::URL_SAFE_NO_PAD, part);
    let value: Value = serde_json::from_slice(&bytes.unwrap()).unwrap();
    value.to_string()
}
