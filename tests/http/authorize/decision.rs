//! The decision about a caller is that of a route with the same rule.

use std::time::{Duration, SystemTime};

use auth_runtime::api_key::{MemoryApiKeys, NewApiKey};
use auth_runtime::testing::{Issuer, Token};
use auth_runtime::{ApiKeys, Auth, Denial, Guard, PolicyWithoutChecks, Scheme, Scope, policy};
use auth_tests::application::{AUDIENCE, ISSUER, build, seconds};
use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::routing::get;
use tower::ServiceExt;

use super::{Anyone, Readers, TestClock, authenticate};

#[policy(any(scope = "write", role = "admin"))]
struct Writers;

#[policy(role = "admin")]
struct Admins;

#[policy(claim("tenant" = "acme"), not(role = "trial"))]
struct Tenant;

#[policy(acr = "gold", scope = "read")]
struct Gold;

#[policy(max_age = "5m")]
struct Recent;

#[policy(role = "admin", hide)]
struct Hidden;

#[policy(scheme = "bearer")]
struct BearerOnly;

#[policy(scheme = "api_key")]
struct KeysOnly;

/// What a route with the rule answers to this token: `None` if it calls the handler.
async fn denial_of_route<P: PolicyWithoutChecks + 'static>(
    auth: &Auth,
    token: &str,
) -> Option<Denial> {
    let app = Router::new()
        .route("/", get(|_: Guard<P>| async {}))
        .layer(auth.layer());
    let request = Request::get("/").header("authorization", format!("Bearer {token}"));
    let response = app
        .oneshot(request.body(Body::empty()).unwrap())
        .await
        .unwrap();
    let denial = response.extensions().get().cloned();
    assert_eq!(denial.is_none(), response.status() == 200);
    denial
}

/// Whether the rule allows the caller, on a route and outside of one.
async fn allows<P: PolicyWithoutChecks + 'static>(auth: &Auth, token: &str) -> bool {
    let identity = authenticate(auth, token).await;
    let decision = auth.authorize::<P>(&identity);
    assert_eq!(
        decision.clone().err(),
        denial_of_route::<P>(auth, token).await
    );
    decision.is_ok()
}

#[tokio::test]
async fn authorize_decides_as_a_route_for_every_rule_and_caller() {
    let issuer = Issuer::new(ISSUER, AUDIENCE);
    let keys = ApiKeys::new(MemoryApiKeys::new())
        .label("shop")
        .authorization_prefix(Scheme::BEARER, "shop_");
    let (_, key) = keys.create(NewApiKey::new("robot")).await.unwrap();
    let now = seconds(SystemTime::now());
    let alice = || issuer.token("alice");
    let callers = [
        alice(),
        alice().scope("read"),
        alice().scope("read").claim("acr", "gold"),
        alice().scope("write").role("trial").claim("tenant", "acme"),
        alice().role("admin").claim("tenant", "acme"),
        alice().claim("auth_time", now - 200),
        alice().claim("auth_time", now - 400),
    ];
    let callers: Vec<_> = callers.iter().map(Token::sign).collect();
    let callers = callers.iter().map(String::as_str).chain([key.reveal()]);
    let mut counts = [0; 2];
    for told in [true, false] {
        let auth = build(
            Auth::builder()
                .bearer(issuer.jwt())
                .api_keys(keys.clone())
                .verbose_errors(told)
                .challenge_scope(told),
        );
        for caller in callers.clone() {
            for allowed in [
                allows::<Anyone>(&auth, caller).await,
                allows::<Readers>(&auth, caller).await,
                allows::<Writers>(&auth, caller).await,
                allows::<Admins>(&auth, caller).await,
                allows::<Tenant>(&auth, caller).await,
                allows::<Gold>(&auth, caller).await,
                allows::<Recent>(&auth, caller).await,
                allows::<Hidden>(&auth, caller).await,
                allows::<BearerOnly>(&auth, caller).await,
                allows::<KeysOnly>(&auth, caller).await,
            ] {
                counts[usize::from(allowed)] += 1;
            }
        }
    }
    assert_eq!(counts, [2 * 55, 2 * 25]);
}

#[tokio::test]
async fn c9_authorize_refuses_a_login_that_has_become_too_old_since() {
    let issuer = Issuer::new(ISSUER, AUDIENCE);
    let clock = TestClock::new();
    let auth = build(Auth::builder().bearer(issuer.jwt()).clock(clock.clone()));
    let token = issuer
        .token("alice")
        .claim("auth_time", seconds(SystemTime::now()));
    let alice = authenticate(&auth, &token.sign()).await;
    assert_eq!(auth.authorize::<Recent>(&alice), Ok(()));
    clock.advance(301);
    match auth.authorize::<Recent>(&alice) {
        Err(Denial::InsufficientUserAuthentication(step_up)) => {
            assert_eq!(step_up.max_age(), Some(Duration::from_secs(300)));
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a4_authorize_refuses_a_kind_of_credential_that_the_policy_leaves_out() {
    let issuer = Issuer::new(ISSUER, AUDIENCE);
    let auth = build(Auth::builder().bearer(issuer.jwt()));
    let alice = authenticate(&auth, &issuer.token("alice").sign()).await;
    assert_eq!(auth.authorize::<BearerOnly>(&alice), Ok(()));
    assert_eq!(
        auth.authorize::<KeysOnly>(&alice),
        Err(Denial::UnsupportedScheme)
    );
}

#[tokio::test]
async fn authorize_adds_implied_scopes_also_to_scopes_that_the_application_has_set_since() {
    let (read, write) = (Scope::new("read"), Scope::new("write"));
    let issuer = Issuer::new(ISSUER, AUDIENCE);
    let auth = build(
        Auth::builder()
            .bearer(issuer.jwt())
            .scopes(&[read, write])
            .scope_implies(write, &[read]),
    );
    let alice = authenticate(&auth, &issuer.token("alice").scope("write").sign()).await;
    assert_eq!(auth.authorize::<Readers>(&alice), Ok(()));
    let none = alice.with_scopes([""; 0]);
    assert!(auth.authorize::<Readers>(&none).is_err());
    let writer = none.with_scopes(["write"]);
    assert_eq!(auth.authorize::<Readers>(&writer), Ok(()));
}

#[tokio::test]
async fn denials_of_authorize_are_returned_and_not_only_reported() {
    let issuer = Issuer::new(ISSUER, AUDIENCE);
    let auth = build(
        Auth::builder()
            .bearer(issuer.jwt())
            .report_only(([127, 0, 0, 1], 3000))
            .report_only_beyond_loopback(),
    );
    let token = issuer.token("alice").sign();
    let alice = authenticate(&auth, &token).await;
    assert_eq!(auth.authorize::<Admins>(&alice), Err(Denial::Forbidden));
    assert!(auth.reported().is_empty());
    assert_eq!(denial_of_route::<Admins>(&auth, &token).await, None);
}
