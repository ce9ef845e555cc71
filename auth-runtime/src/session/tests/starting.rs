//! Sessions that are started and renewed.

use serde_json::{Map, Value, json};

use super::*;
use crate::identity::Provides;
use crate::scheme::Scheme;

#[tokio::test(start_paused = true)]
async fn the_caller_of_a_session_has_what_the_login_said() {
    let sessions = Sessions::new(TestStore::new());
    let login = start_time() - HOUR;
    let session = alice()
        .scopes(["orders:read"])
        .roles(["support"])
        .claim("tenant", "acme")
        .acr("gold")
        .amr(["pwd", "otp"])
        .authenticated_at(login);
    let cookie = start(&sessions, session).await;
    let caller = authenticate(&sessions, &cookie).await.unwrap();
    assert_eq!(caller.scheme(), Scheme::SESSION);
    assert_eq!(*caller.id(), alice_id());
    assert!(caller.has_scope("orders:read"));
    assert!(caller.has_role("support"));
    assert_eq!(caller.acr(), Some("gold"));
    assert_eq!(caller.authentication_time(), Some(login));
    let claims: Map<String, Value> = caller.claims().unwrap();
    let expected = json!({ "tenant": "acme", "amr": ["pwd", "otp"] });
    assert_eq!(Value::Object(claims), expected);
}

#[tokio::test(start_paused = true)]
async fn what_a_login_does_not_say_stays_unknown() {
    let sessions = Sessions::new(TestStore::new());
    let cookie = start(&sessions, alice()).await;
    let caller = authenticate(&sessions, &cookie).await.unwrap();
    assert!(!caller.data().scopes.complete);
    assert!(!caller.data().roles.complete);
    let cookie = start(&sessions, alice().scopes([""; 0]).roles([""; 0])).await;
    let caller = authenticate(&sessions, &cookie).await.unwrap();
    assert!(caller.data().scopes.complete);
    assert!(caller.data().roles.complete);
}

#[test]
fn a_session_of_an_identity_has_its_rights_and_not_the_claims_of_its_token() {
    let caller = Identity::builder(Scheme::BEARER, ISSUER, "alice".into(), Provides::ALL)
        .scopes(["orders:read"])
        .claim("tenant", "acme")
        .claim("exp", 7)
        .claim("amr", ["pwd"])
        .acr("gold")
        .authenticated_at(start_time())
        .build();
    let session = NewSession::of(&caller);
    assert_eq!((&*session.issuer, &*session.subject), (ISSUER, "alice"));
    assert_eq!(session.scopes, ["orders:read"]);
    assert!(session.scopes_are_complete);
    assert!(!session.roles_are_complete);
    assert_eq!(session.amr, ["pwd"]);
    assert_eq!(session.acr.as_deref(), Some("gold"));
    assert_eq!(session.authenticated_at, Some(start_time()));
    assert_eq!(Value::Object(session.claims), json!({ "tenant": "acme" }));
}

#[tokio::test(start_paused = true)]
async fn a_login_ends_the_session_that_the_request_had() {
    let sessions = Sessions::new(TestStore::new());
    let before = start(&sessions, NewSession::new(ISSUER, "bob")).await;
    assert!(is_valid(&sessions, &before).await);
    let cookie = sessions
        .start_unchecked(&request(Some(&before)), alice())
        .await;
    let cookie = pair(&cookie.unwrap());
    assert!(!is_valid(&sessions, &before).await);
    assert!(is_valid(&sessions, &cookie).await);
}

#[tokio::test(start_paused = true)]
async fn a_renewed_session_has_a_new_identifier_and_keeps_the_rest() {
    let sessions = Sessions::new(TestStore::new()).sealing_key("one", [1; 32]);
    let old = start(
        &sessions,
        alice().roles(["support"]).secret("a refresh token"),
    )
    .await;
    assert!(is_valid(&sessions, &old).await);
    sleep(HOUR / 4).await;
    let new = sessions
        .renew_unchecked(&request(Some(&old)))
        .await
        .unwrap();
    let new = pair(&new.unwrap());
    assert!(!is_valid(&sessions, &old).await);
    let caller = authenticate(&sessions, &new).await.unwrap();
    assert!(caller.has_role("support"));
    assert_eq!(caller.authentication_time(), Some(start_time()));
    let record = sessions
        .record_of(&request(Some(&new)), &caller, start_time())
        .await;
    let record = record.unwrap();
    assert_eq!(record.created_at, start_time());
    let secret = sessions.secret_of(&record).unwrap().unwrap();
    assert_eq!(*secret, b"a refresh token");
    // The old one can't be renewed again.
    let again = sessions
        .renew_unchecked(&request(Some(&old)))
        .await
        .unwrap();
    assert!(again.is_none());
}

#[tokio::test(start_paused = true)]
async fn a_request_without_a_good_session_renews_none() {
    let sessions = Sessions::new(TestStore::new());
    let timed_out = start(&sessions, alice()).await;
    sleep(HOUR).await;
    for cookie in [None, Some("__Host-Http-sid=x"), Some(&*timed_out)] {
        let renewed = sessions.renew_unchecked(&request(cookie)).await.unwrap();
        assert!(renewed.is_none(), "{cookie:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_sealed_secret_that_is_copied_to_another_session_is_not_opened() {
    let store = TestStore::new();
    let sessions = Sessions::new(store.clone()).sealing_key("one", [1; 32]);
    start(&sessions, alice().secret("of alice")).await;
    let cookie = start(&sessions, NewSession::new(ISSUER, "bob").secret("of bob")).await;
    let of_alice = store.list(ISSUER, "alice").await.unwrap().remove(0);
    let caller = authenticate(&sessions, &cookie).await.unwrap();
    let record = sessions
        .record_of(&request(Some(&cookie)), &caller, start_time())
        .await;
    let mut record = record.unwrap();
    assert_eq!(*sessions.secret_of(&record).unwrap().unwrap(), b"of bob");
    record.sealed = of_alice.sealed;
    assert!(matches!(
        sessions.secret_of(&record),
        Err(SessionError::Failed(_))
    ));
}

#[tokio::test(start_paused = true)]
async fn a_session_without_a_subject_or_with_an_unsealable_secret_is_not_started() {
    let sessions = Sessions::new(TestStore::new());
    for session in [
        NewSession::new(ISSUER, ""),
        NewSession::new("", "alice"),
        alice().secret("no key"),
    ] {
        let started = sessions.start_unchecked(&request(None), session).await;
        assert!(matches!(started, Err(SessionError::Failed(_))));
    }
}

#[test]
fn faults_of_session_settings_are_reported_together() {
    let sessions = Sessions::new(MemorySessions::new())
        .idle_timeout(Duration::ZERO)
        .remember_me(30 * HOUR, HOUR)
        .cookie_name("a b")
        .store_timeout(Duration::ZERO)
        .concurrent_lookups(0)
        .sealing_key("short", [1; 16]);
    let faults: Vec<_> = sessions.faults().iter().map(ToString::to_string).collect();
    assert_eq!(faults.len(), 6, "{faults:#?}");
}

#[test]
fn debug_output_of_sessions_has_no_secret() {
    let sessions = Sessions::new(MemorySessions::new()).sealing_key("one", [b'x'; 32]);
    let session = alice()
        .secret("hunter2")
        .claim("email", "alice@shop.example");
    let shown = format!("{sessions:?} {session:?}");
    for secret in ["hunter2", "xxx", "alice@"] {
        assert!(!shown.contains(secret), "{shown}");
    }
}

#[tokio::test(start_paused = true)]
async fn ending_the_other_sessions_renews_the_one_of_the_request_and_keeps_the_rest() {
    let sessions = Sessions::new(TestStore::new()).sealing_key("one", [1; 32]);
    let session = || {
        alice()
            .remember_me(true)
            .label("phone")
            .secret("a refresh token")
    };
    let phone = start(&sessions, session()).await;
    let laptop = start(&sessions, alice()).await;
    let bob = start(&sessions, NewSession::new(ISSUER, "bob")).await;
    sleep(MINUTE).await;
    let renewed = sessions
        .end_others_unchecked(&request(Some(&phone)))
        .await
        .unwrap();
    let renewed = renewed.unwrap();
    let attributes = renewed.set_cookie.to_str().unwrap();
    // 30 days after the login.
    assert!(attributes.ends_with("; Max-Age=2591940"), "{attributes}");
    let renewed = pair(&renewed);
    for (cookie, expected) in [
        (&phone, false),
        (&laptop, false),
        (&bob, true),
        (&renewed, true),
    ] {
        assert_eq!(is_valid(&sessions, cookie).await, expected);
    }
    let listed = sessions.list(&alice_id()).await.unwrap();
    assert_eq!(listed.len(), 1);
    assert_eq!(listed[0].label.as_deref(), Some("phone"));
    assert_eq!(listed[0].created_at, start_time());
    let secret = sessions.secret_of(&listed[0]).unwrap().unwrap();
    assert_eq!(*secret, b"a refresh token");
    let again = sessions
        .end_others_unchecked(&request(Some(&phone)))
        .await
        .unwrap();
    assert!(again.is_none());
}

#[tokio::test(start_paused = true)]
async fn a_session_is_found_without_a_guard_and_an_ended_one_is_not() {
    let store = TestStore::new();
    let sessions = Sessions::new(store.clone());
    let cookie = start(&sessions, alice()).await;
    let find = async |cookie: Option<&str>| {
        let request = request(cookie);
        sessions.find_record(&request, clock()()).await
    };
    let found = find(Some(&cookie)).await.unwrap();
    assert_eq!(
        found.map(|session| session.subject).as_deref(),
        Some("alice")
    );
    for other in [None, Some("__Host-Http-sid=x"), Some("a=b")] {
        assert!(find(other).await.unwrap().is_none());
    }
    // It is not a use.
    sleep(2 * MINUTE).await;
    assert!(find(Some(&cookie)).await.unwrap().is_some());
    sleep(SECOND).await;
    assert_eq!(store.calls().1, 0);
    let _ = sessions
        .end_unchecked(&request(Some(&cookie)))
        .await
        .unwrap();
    assert!(find(Some(&cookie)).await.unwrap().is_none());
    store.set_down(true);
    let other = unknown_cookie();
    assert!(matches!(
        find(Some(&other)).await,
        Err(SessionError::Unavailable(_))
    ));
}

/// The cookie of a session that this node has not seen.
fn unknown_cookie() -> String {
    let id = super::super::id::SessionId::generate().unwrap();
    format!("__Host-Http-sid={}", *id.text())
}

#[tokio::test(start_paused = true)]
async fn a_login_is_not_in_the_future_for_a_node_whose_clock_is_behind_that_of_the_store() {
    let sessions = Sessions::new(TestStore::new());
    // The clock of the node begins when it is asked.
    sleep(MINUTE).await;
    let cookie = start(&sessions, alice()).await;
    let caller = authenticate(&sessions, &cookie).await.unwrap();
    assert_eq!(caller.authentication_time(), Some(start_time()));
}
