//! Payloads that only an issuer's mistake, or a parser's, would let through. All properly signed.

use auth_runtime::testing::Issuer;
use auth_tests::application::{AUDIENCE, ISSUER};
use auth_tests::client::Request;
use serde_json::{Value, json};

use super::{MALFORMED, Target, reader};

const HEADER: &str = r#"{"alg":"ES256","typ":"at+jwt","kid":"testing"}"#;
const EXPIRED: &str = "The access token expired";
const NOT_YET: &str = "The access token is not yet valid";

/// A signed payload with these members besides the needed ones.
fn with(issuer: &Issuer, members: &str) -> String {
    let needed = format!(
        r#"{{"iss":"{ISSUER}","aud":"{AUDIENCE}","sub":"alice","exp":4000000000,"scope":"read""#
    );
    issuer.sign(HEADER, &format!("{needed}{members}}}"))
}

/// The same with this literal for `exp`.
fn expiring(issuer: &Issuer, exp: &str) -> String {
    let payload = format!(
        r#"{{"iss":"{ISSUER}","aud":"{AUDIENCE}","sub":"alice","exp":{exp},"scope":"read"}}"#
    );
    issuer.sign(HEADER, &payload)
}

#[tokio::test]
async fn b1_a_duplicate_claim_is_refused() {
    let (target, issuer) = Target::with_issuer().await;
    target
        .assert_let_in("what the others are made from", &with(&issuer, ""))
        .await;
    for members in [
        r#","sub":"eve""#,
        r#","scope":"admin""#,
        r#","exp":5000000000"#,
        r#","iss":"https://evil.example""#,
        r#","\u0073ub":"eve""#,
        r#","s\u0075b":"eve""#,
        r#","x":{"a":1,"b":2,"a":3}"#,
        r#","x":[[{"a":1,"\u0061":3}]]"#,
        r#","":1,"":1"#,
    ] {
        target
            .assert_refused(members, &with(&issuer, members), MALFORMED)
            .await;
    }
    // Another case, or a look-alike, is another claim.
    target
        .assert_let_in(
            "another case",
            &with(&issuer, r#","Sub":"eve","SUB":"eve""#),
        )
        .await;
    target
        .assert_let_in("a look-alike", &with(&issuer, ",\"s\u{443}b\":\"eve\""))
        .await;
}

#[tokio::test]
async fn b1_json_that_only_lenient_parsers_accept_is_malformed() {
    let (target, issuer) = Target::with_issuer().await;
    for members in [
        ",",
        r#","x":01"#,
        r#","x":+1"#,
        r#","x":.5"#,
        r#","x":1."#,
        r#","x":0x10"#,
        r#","x":NaN"#,
        r#","x":Infinity"#,
        r#","x":-Infinity"#,
        r#","x":'y'"#,
        ",x:1",
        r#","x":"#,
        r#","x":tru"#,
        r#","x":"\x""#,
        r#","x":"\ud800""#,
        r#","x":"\udc00\ud800""#,
        ",\"x\":\"\n\"",
        ",\"x\":\"\0\"",
        r#","x":1 /* y */"#,
        r#","x":1 // y"#,
        r#","x":[1,]"#,
        r#","x":{"a":1,}"#,
        r#","x":1e999"#,
        "}{",
    ] {
        target
            .assert_refused(members, &with(&issuer, members), MALFORMED)
            .await;
    }
}

#[tokio::test]
async fn huge_and_deeply_nested_claims_are_refused_or_harmless() {
    let (target, issuer) = Target::with_issuer().await;
    for depth in [1_000, 50_000] {
        for (open, close) in [("[", "]"), (r#"{"a":"#, "}")] {
            let nested = format!(r#","x":{}1{}"#, open.repeat(depth), close.repeat(depth));
            target
                .assert_refused(open, &with(&issuer, &nested), MALFORMED)
                .await;
        }
        let unclosed = format!(r#","x":{}"#, "[".repeat(depth));
        target
            .assert_refused("unclosed", &with(&issuer, &unclosed), MALFORMED)
            .await;
    }
    let many: Vec<_> = (0..5_000)
        .map(|number| format!(r#""x{number}":{number}"#))
        .collect();
    let many = format!(",{}", many.join(","));
    target
        .assert_let_in("many claims", &with(&issuer, &many))
        .await;
    let long = format!(r#","x":"{}""#, "y".repeat(150_000));
    target
        .assert_let_in("a long claim", &with(&issuer, &long))
        .await;
    let digits = format!(r#","x":{}"#, "9".repeat(300));
    target
        .assert_let_in("a number of 300 digits", &with(&issuer, &digits))
        .await;
    let scopes = vec!["x"; 20_000].join(" ");
    let token = reader(&issuer).scope(&scopes).sign();
    target.assert_lacks_scope("20000 scopes", &token).await;
    let token = reader(&issuer).claim("aud", vec!["x"; 20_000]).sign();
    target
        .assert_refused(
            "20000 audiences",
            &token,
            "The access token audience does not match",
        )
        .await;
}

#[tokio::test]
async fn b11_an_expiry_at_the_numeric_limit_does_not_overflow() {
    let (target, issuer) = Target::with_issuer().await;
    for past in [
        "-1",
        "-0",
        "0",
        "0.5",
        "-0.0",
        "1e-300",
        "1",
        "-1e308",
        "-9223372036854775808",
        "-9223372036854775809",
        "-4000000000",
        "1e9",
        "1700000000.999",
    ] {
        target
            .assert_refused(past, &expiring(&issuer, past), EXPIRED)
            .await;
    }
    for future in [
        "9223372036854775807",
        "9223372036854775808",
        "18446744073709551615",
        "18446744073709551616",
        "1e308",
        "4e9",
        "4000000000.5",
        "9223372036854775747",
        "4.0E+9",
    ] {
        target
            .assert_let_in(future, &expiring(&issuer, future))
            .await;
    }
    for not_a_number in [r#""4000000000""#, "true", "[4000000000]", "{}"] {
        target
            .assert_refused(not_a_number, &expiring(&issuer, not_a_number), MALFORMED)
            .await;
    }
}

#[tokio::test]
async fn b13_a_not_before_time_at_the_numeric_limit_does_not_overflow() {
    let (target, issuer) = Target::with_issuer().await;
    for claim in ["nbf", "iat"] {
        for future in [
            "4000000000",
            "9223372036854775807",
            "9223372036854775808",
            "18446744073709551615",
            "1e308",
            "4e9",
        ] {
            let token = with(&issuer, &format!(r#","{claim}":{future}"#));
            target.assert_refused(future, &token, NOT_YET).await;
        }
        for past in ["0", "-1", "-1e308", "-9223372036854775808", "0.5", "1e9"] {
            let token = with(&issuer, &format!(r#","{claim}":{past}"#));
            target.assert_let_in(past, &token).await;
        }
    }
}

#[tokio::test]
async fn c9_an_auth_time_at_the_numeric_limit_is_not_recent() {
    let (target, issuer) = Target::with_issuer().await;
    for time in [
        "0",
        "-1",
        "1e308",
        "-1e308",
        "9223372036854775807",
        "-9223372036854775808",
        "4000000000",
    ] {
        let token = with(&issuer, &format!(r#","auth_time":{time}"#));
        let request = Request::get("/fresh").bearer(token);
        let response = target.server.send(&request).await;
        assert_eq!(response.status, 401, "{time}");
        assert!(
            response.challenges()[0].contains(r#"max_age="300""#),
            "{time}"
        );
    }
}

#[tokio::test]
async fn b17_claim_values_that_only_dynamic_typing_would_convert_are_of_the_wrong_type() {
    let (target, issuer) = Target::with_issuer().await;
    let wrong: [(&str, Value); 12] = [
        ("sub", json!(0)),
        ("sub", json!(false)),
        ("sub", json!(["alice"])),
        ("sub", json!({ "toString": "alice" })),
        ("iss", json!([ISSUER])),
        ("iss", json!({ "0": ISSUER })),
        ("aud", json!({ AUDIENCE: true })),
        ("aud", json!([[AUDIENCE]])),
        ("aud", json!([AUDIENCE, null])),
        ("scope", json!({ "read": true })),
        ("scope", json!(["read", null])),
        ("scope", json!([["read"]])),
    ];
    for (claim, value) in wrong {
        let token = reader(&issuer).claim(claim, &value).sign();
        target
            .assert_refused(&format!("{claim} {value}"), &token, MALFORMED)
            .await;
    }
}

#[tokio::test]
async fn e2_a_sender_constrained_token_is_refused_for_every_kind_of_binding() {
    let (target, issuer) = Target::with_issuer().await;
    for (cnf, description) in [
        (json!({ "jkt": "x" }), "The access token is DPoP-bound"),
        (json!({ "jkt": null }), "The access token is DPoP-bound"),
        (
            json!({ "x5t#S256": "x" }),
            "The access token is bound to another certificate",
        ),
        (json!({ "jwk": {} }), "The access token is invalid"),
        (json!({}), "The access token is invalid"),
        (json!("x"), MALFORMED),
        (json!(7), MALFORMED),
    ] {
        let token = reader(&issuer).claim("cnf", &cnf).sign();
        target
            .assert_refused(&cnf.to_string(), &token, description)
            .await;
    }
}
