//! A decision outside of a request is logged as that of a guard, without a method and a path.

use std::time::SystemTime;

use auth_runtime::revocation::{MemoryRevocation, Revoked};
use auth_runtime::testing::Issuer;
use auth_runtime::{Auth, policy};
use auth_tests::application::{AUDIENCE, ISSUER, build};
use auth_tests::clock::eventually;
use auth_tests::logs::Capture;
use tracing::Level;

use super::{Readers, authenticate};

#[policy(role = "admin", hide)]
struct Hidden;

#[tokio::test]
async fn a_decision_of_authorize_is_one_event_with_the_policy_and_the_caller() {
    let issuer = Issuer::new(ISSUER, AUDIENCE);
    let auth = build(
        Auth::builder()
            .bearer(issuer.jwt())
            .revocation(MemoryRevocation::new()),
    );
    let reader = authenticate(&auth, &issuer.token("alice").scope("read").sign()).await;
    let other = authenticate(&auth, &issuer.token("bob").sign()).await;
    let capture = Capture::start();

    auth.authorize::<Readers>(&reader).unwrap();
    let allowed = capture.take_runtime_events().only();
    assert_eq!(
        (allowed.level, allowed.message()),
        (Level::DEBUG, "allowed")
    );
    let mut names = allowed.names();
    names.sort_unstable();
    assert_eq!(names, ["issuer", "message", "policy", "scheme", "subject"]);
    assert_eq!(allowed.field("policy"), Some("http::authorize::Readers"));
    assert_eq!(allowed.field("subject"), Some("alice"));

    auth.authorize::<Readers>(&other).unwrap_err();
    let denied = capture.take_runtime_events().only();
    assert_eq!((denied.level, denied.message()), (Level::INFO, "denied"));
    let mut names = denied.names();
    names.sort_unstable();
    assert_eq!(
        names,
        [
            "expected", "issuer", "message", "policy", "reason", "scheme", "status", "subject"
        ]
    );
    assert_eq!(denied.field("policy"), Some("http::authorize::Readers"));
    assert_eq!(denied.field("expected"), Some("scope = \"read\""));
    assert_eq!(denied.field("status"), Some("403"));
    assert_eq!(denied.field("subject"), Some("bob"));

    auth.authorize::<Hidden>(&other).unwrap_err();
    let hidden = capture.take_runtime_events().only();
    assert_eq!(hidden.field("status"), Some("404"));

    let revoked = Revoked::subject(ISSUER, "alice", SystemTime::now());
    auth.revoke(revoked).await.unwrap();
    auth.authorize::<Readers>(&reader).unwrap_err();
    let denied = capture.take_runtime_events().only();
    assert_eq!(denied.field("reason"), Some("InvalidToken(Revoked)"));
    assert_eq!(denied.field("status"), Some("401"));
    assert_eq!(denied.field("subject"), Some("alice"));
}

#[tokio::test]
async fn an_identity_of_another_auth_is_an_error_in_the_log() {
    let issuer = Issuer::new(ISSUER, AUDIENCE);
    let auth = build(Auth::builder().bearer(issuer.jwt()));
    let other = issuer.token("alice").identity();
    let capture = Capture::start();
    // Another test may have logged such an error in the same second.
    eventually("an error is logged", async || {
        auth.authorize::<Readers>(&other).unwrap_err();
        let events = capture.take_runtime_events();
        let errors = events.iter().filter(|event| event.level == Level::ERROR);
        let texts: Vec<_> = errors.filter_map(|event| event.field("error")).collect();
        texts == ["the identity was not authenticated by this `Auth`"]
    })
    .await;
}
