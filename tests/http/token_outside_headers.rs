//! `Auth::authenticate_token`: a token that did not come in a header field is verified as one that did.

use std::net::IpAddr;
use std::num::NonZeroU32;
use std::time::{Duration, SystemTime};

use auth_runtime::api_key::{MemoryApiKeys, NewApiKey};
use auth_runtime::authenticator::{AuthenticationError, FailureLimit};
use auth_runtime::denial::TokenFault;
use auth_runtime::revocation::{MemoryRevocation, Revoked};
use auth_runtime::testing::Issuer;
use auth_runtime::{ApiKeys, Auth, Identity, Scheme};
use auth_tests::application::{AUDIENCE, ISSUER, build};

async fn fault(auth: &Auth, token: &str) -> TokenFault {
    match auth.authenticate_token(token).await {
        Err(AuthenticationError::Token(fault)) => fault,
        other => panic!("{other:?}"),
    }
}

fn subject(result: &Result<Identity, AuthenticationError>) -> &str {
    result.as_ref().unwrap().subject()
}

#[tokio::test]
async fn authenticate_token_reports_the_same_faults_as_a_request() {
    let issuer = Issuer::new(ISSUER, AUDIENCE);
    let auth = build(Auth::builder().bearer(issuer.jwt()));
    let good = issuer.token("alice").sign();
    for _ in 0..2 {
        assert_eq!(subject(&auth.authenticate_token(&good).await), "alice");
    }
    let expired = issuer.token("alice").claim("exp", 1).sign();
    assert_eq!(fault(&auth, &expired).await, TokenFault::Expired);
    let other = Issuer::new("https://other.example", AUDIENCE)
        .token("alice")
        .sign();
    assert_eq!(fault(&auth, &other).await, TokenFault::UntrustedIssuer);
    for malformed in [
        "",
        " ",
        "a.b.c",
        "line\nbreak",
        "line\r\nX-Injected: 1",
        "nul\0",
        "ä",
        &format!("{good} {good}"),
    ] {
        assert_eq!(
            fault(&auth, malformed).await,
            TokenFault::Malformed,
            "{malformed:?}"
        );
    }
}

#[tokio::test]
async fn a_revoked_token_outside_of_a_header_is_refused_at_once() {
    let issuer = Issuer::new(ISSUER, AUDIENCE);
    let revocation = MemoryRevocation::new();
    let auth = build(Auth::builder().bearer(issuer.jwt()).revocation(revocation));
    let token = issuer.token("alice").claim("jti", "one").sign();
    assert_eq!(subject(&auth.authenticate_token(&token).await), "alice");
    let revoked = Revoked::token(ISSUER, "one", SystemTime::now() + Duration::from_secs(3600));
    auth.revoke(revoked).await.unwrap();
    assert_eq!(fault(&auth, &token).await, TokenFault::Revoked);
}

#[tokio::test]
async fn a_token_outside_of_a_header_is_mapped() {
    let issuer = Issuer::new(ISSUER, AUDIENCE);
    let jwt = issuer
        .jwt()
        .map_identity(|identity| async move { Ok(identity.with_roles(["mapped"])) });
    let auth = build(Auth::builder().bearer(jwt));
    let identity = auth.authenticate_token(&issuer.token("alice").sign()).await;
    assert!(identity.unwrap().has_role("mapped"));
}

#[tokio::test]
async fn authenticate_token_accepts_a_token_whatever_the_authentication_scheme() {
    let issuer = Issuer::new(ISSUER, AUDIENCE);
    let auth = build(
        Auth::builder()
            .bearer(issuer.jwt())
            .bearer_scheme(Scheme::new("Token")),
    );
    let token = issuer.token("alice").sign();
    assert_eq!(subject(&auth.authenticate_token(&token).await), "alice");
}

#[tokio::test]
async fn an_auth_without_bearer_tokens_fails_and_names_the_setting() {
    let keys = ApiKeys::new(MemoryApiKeys::new());
    let (_, key) = keys.create(NewApiKey::new("alice")).await.unwrap();
    let auth = build(Auth::builder().api_keys(keys));
    match auth.authenticate_token(key.reveal()).await {
        Err(AuthenticationError::Failed { source, .. }) => {
            assert!(
                source.to_string().contains("AuthBuilder::bearer"),
                "{source}"
            );
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn authenticate_token_counts_failures_by_client_address_or_together() {
    let two = NonZeroU32::new(2).unwrap();
    let hour = Duration::from_secs(3600);
    let keys = || ApiKeys::new(MemoryApiKeys::new()).label("shop");
    let (_, strange) = keys().create(NewApiKey::new("eve")).await.unwrap();
    let keys = keys()
        .authorization_prefix(Scheme::BEARER, "shop_")
        .failure_limit(FailureLimit::default().per_address(two, hour));
    let (_, key) = keys.create(NewApiKey::new("alice")).await.unwrap();
    let issuer = Issuer::new(ISSUER, AUDIENCE);
    let auth = build(Auth::builder().bearer(issuer.jwt()).api_keys(keys));

    let [one, other] = [1, 2].map(|last| IpAddr::from([192, 0, 2, last]));
    for address in [Some(one), None] {
        let verify = || auth.authenticate_token(strange.reveal()).from(address);
        for _ in 0..2 {
            let refused = verify().await;
            assert!(
                matches!(refused, Err(AuthenticationError::Credentials)),
                "{refused:?}"
            );
        }
        let limited = verify().await;
        assert!(
            matches!(limited, Err(AuthenticationError::TooManyAttempts { .. })),
            "{limited:?}"
        );
    }
    let other = auth.authenticate_token(key.reveal()).from(other).await;
    assert_eq!(subject(&other), "alice");
}

#[test]
fn debug_output_of_a_token_verification_shows_no_token() {
    let auth = build(Auth::builder().bearer(Issuer::new(ISSUER, AUDIENCE).jwt()));
    let shown = format!("{:?}", auth.authenticate_token("a-secret-token"));
    assert_eq!(shown, "TokenAuthentication { address: None, .. }");
}
