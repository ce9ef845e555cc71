//! An access token is not accepted as a logout token, nor a logout token as an access token.

use std::time::{Duration, SystemTime};

use auth_runtime::bearer::TypeRule;
use auth_runtime::revocation::{MemoryRevocation, Revoked};
use auth_tests::application::{AUDIENCE, ISSUER};
use auth_tests::client::Request;
use serde_json::json;

use super::{CLIENT, EVENT, World, assert_logged_out, logout_token};

async fn with_rule(rule: TypeRule) -> World {
    // The worst case: the issuer names the client and the API alike.
    World::with(
        |jwt| jwt.typ(rule).audience(CLIENT).backchannel_logout(AUDIENCE),
        |auth| auth.revocation(MemoryRevocation::new()),
    )
    .await
}

#[tokio::test]
async fn b10_a_logout_token_is_never_an_access_token_whatever_typ_is_required() {
    for (rule, typ) in [
        (TypeRule::Strict, Some("logout+jwt")),
        (TypeRule::IfPresent, Some("logout+jwt")),
        (TypeRule::IfPresent, None),
        (TypeRule::Off, Some("logout+jwt")),
        (TypeRule::Off, Some("JWT")),
        (TypeRule::Off, None),
    ] {
        let world = with_rule(rule).await;
        let token = logout_token(&world.issuer, "1").claim("sub", "alice");
        let token = match typ {
            Some(typ) => token.header("typ", typ),
            None => token.without_header("typ"),
        };
        for event in [json!({}), json!(null)] {
            let token = token.clone().claim("events", json!({ EVENT: event }));
            let answer = world
                .server
                .send(&Request::get("/").bearer(token.sign()))
                .await;
            assert_eq!(answer.status, 401, "{rule:?} {typ:?}");
            assert_eq!(
                answer.challenges(),
                ["Bearer realm=\"api\", error=\"invalid_token\", \
                  error_description=\"The token is not an access token\""],
                "{rule:?} {typ:?}"
            );
        }
    }
}

#[tokio::test]
async fn a_token_with_other_events_is_not_a_logout_token() {
    let world = with_rule(TypeRule::Off).await;
    for events in [
        json!({ "https://x.example": {} }),
        json!(EVENT),
        json!([EVENT]),
    ] {
        let token = world.issuer.token("alice").claim("events", events);
        assert_eq!(world.hello(token.sign()).await, 200);
    }
}

#[tokio::test]
async fn an_access_token_never_logs_out_a_subject_whatever_typ_is_required() {
    for rule in [TypeRule::Strict, TypeRule::IfPresent, TypeRule::Off] {
        let world = with_rule(rule).await;
        let access = world
            .issuer
            .token("alice")
            .claim("sid", "phone")
            .claim("jti", "1");
        assert_eq!(world.hello(access.sign()).await, 200);
        for token in [
            access.clone(),
            access.clone().header("typ", "JWT"),
            access.clone().without_header("typ"),
            // A client that may choose claims, but not `typ`.
            access.clone().claim("events", json!({ EVENT: {} })),
            // And one that may choose `typ` only.
            access.clone().header("typ", "logout+jwt"),
        ] {
            let answer = world.log_out(&token).await;
            assert_eq!(answer.status, 400, "{rule:?}");
            assert!(answer.text().contains("The token is not a logout token"));
        }
        assert_eq!(world.hello(access.sign()).await, 200);
    }
}

#[tokio::test]
async fn a_used_logout_token_does_not_revoke_the_access_token_with_its_identifier() {
    let world = World::start().await;
    let access = world.issuer.token("alice").claim("jti", "1").sign();
    let logout = logout_token(&world.issuer, "1").claim("sid", "phone");
    assert_logged_out(&world.log_out(&logout).await);
    assert_eq!(world.hello(access).await, 200);
}

#[tokio::test]
async fn a_revoked_access_token_does_not_use_up_the_logout_token_with_its_identifier() {
    let world = World::start().await;
    let later = SystemTime::now() + Duration::from_secs(3600);
    world
        .auth
        .revoke(Revoked::token(ISSUER, "1", later))
        .await
        .unwrap();
    let logout = logout_token(&world.issuer, "1").claim("sid", "phone");
    assert_logged_out(&world.log_out(&logout).await);
}
