//! Rows B15 and B16 for issuers that put the audience and the token type into other claims.

use auth_runtime::testing::Issuer;
use auth_tests::application::{AUDIENCE, ISSUER};
use serde_json::{Value, json};

use super::{MALFORMED, Target, reader};

const WRONG_AUDIENCE: &str = "The access token audience does not match";
const LACKS_CLAIM: &str = "The access token lacks a required claim";

#[tokio::test]
async fn b15_the_configured_audience_claim_must_be_present_and_name_this_api() {
    let issuer = Issuer::new(ISSUER, AUDIENCE);
    let target = Target::trusting(issuer.jwt().audience_claim("client_id")).await;
    let token = || reader(&issuer).without("aud");
    for client in [json!(AUDIENCE), json!(["another", AUDIENCE])] {
        let signed = token().claim("client_id", &client).sign();
        target.assert_let_in(&client.to_string(), &signed).await;
    }
    for (client, description) in [
        (json!("another"), WRONG_AUDIENCE),
        (json!([]), WRONG_AUDIENCE),
        (json!(7), MALFORMED),
        (json!([AUDIENCE, 7]), MALFORMED),
        (Value::Null, WRONG_AUDIENCE),
    ] {
        let signed = token().claim("client_id", &client).sign();
        target
            .assert_refused(&client.to_string(), &signed, description)
            .await;
    }
    target
        .assert_refused("without it", &token().sign(), WRONG_AUDIENCE)
        .await;
}

#[tokio::test]
async fn b15_an_audience_in_an_unconfigured_claim_does_not_count() {
    let issuer = Issuer::new(ISSUER, AUDIENCE);
    let target = Target::trusting(issuer.jwt().audience_claim("client_id")).await;
    // An ID token has `aud`, which does not replace the configured claim.
    target
        .assert_refused("only `aud`", &reader(&issuer).sign(), WRONG_AUDIENCE)
        .await;
    let both = reader(&issuer).claim("client_id", AUDIENCE);
    target.assert_let_in("both", &both.sign()).await;
    let others = both.claim("aud", "https://other.example");
    target
        .assert_refused("bound to another", &others.sign(), WRONG_AUDIENCE)
        .await;
}

#[tokio::test]
async fn b16_a_required_claim_must_be_a_string_with_an_accepted_value() {
    let issuer = Issuer::new(ISSUER, AUDIENCE);
    let jwt = issuer
        .jwt()
        .required_value("token_use", "access")
        .required_value("token_use", "machine")
        .required_value("/organisation/id", "org_1");
    let target = Target::trusting(jwt).await;
    let organisation = json!({"id": "org_1"});
    for kind in ["access", "machine"] {
        let token = reader(&issuer)
            .claim("token_use", kind)
            .claim("organisation", &organisation);
        target.assert_let_in(kind, &token.sign()).await;
    }
    for kind in [
        json!("id"),
        json!("Access"),
        json!(""),
        json!(["access"]),
        json!(true),
        Value::Null,
    ] {
        let token = reader(&issuer)
            .claim("token_use", &kind)
            .claim("organisation", &organisation);
        target
            .assert_refused(&kind.to_string(), &token.sign(), LACKS_CLAIM)
            .await;
    }
    let token = reader(&issuer).claim("token_use", "access");
    target
        .assert_refused("no organisation", &token.sign(), LACKS_CLAIM)
        .await;
    let another = token.claim("organisation", json!({"id": "org_2"}));
    target
        .assert_refused("another organisation", &another.sign(), LACKS_CLAIM)
        .await;
}
