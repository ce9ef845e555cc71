//! An identity counts only with the `Auth` that made it, and until its credential expires or is revoked.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use auth_runtime::api_key::{MemoryApiKeys, NewApiKey};
use auth_runtime::authenticator::AuthenticationError;
use auth_runtime::denial::TokenFault;
use auth_runtime::revocation::{
    MemoryRevocation, Revocation, RevocationQuery, RevocationStatus, Revoked,
};
use auth_runtime::testing::Issuer;
use auth_runtime::{ApiKeys, Auth, AuthBuilder, BoxError, Denial, Identity, Scheme};
use auth_tests::application::{AUDIENCE, ISSUER, build, seconds};

use super::{Anyone, TestClock, authenticate};

const EXPIRED: Result<(), Denial> = Err(Denial::InvalidToken(TokenFault::Expired));
const REVOKED: Result<(), Denial> = Err(Denial::InvalidToken(TokenFault::Revoked));
const INVALID: Result<(), Denial> = Err(Denial::InvalidCredentials);

/// API keys that are accepted as bearer tokens.
fn api_keys() -> ApiKeys {
    ApiKeys::new(MemoryApiKeys::new())
        .label("shop")
        .authorization_prefix(Scheme::BEARER, "shop_")
}

fn with_list(builder: AuthBuilder) -> Auth {
    build(builder.revocation(MemoryRevocation::new()))
}

#[tokio::test]
async fn b11_authorize_refuses_a_token_that_has_expired_since_with_the_leeway() {
    let issuer = Issuer::new(ISSUER, AUDIENCE);
    let clock = TestClock::new();
    let jwt = issuer.jwt().leeway(Duration::from_secs(30));
    let auth = build(Auth::builder().bearer(jwt).clock(clock.clone()));
    let expiry = seconds(clock.start) + 100;
    let alice = authenticate(&auth, &issuer.token("alice").claim("exp", expiry).sign()).await;
    clock.advance(129);
    assert_eq!(auth.authorize::<Anyone>(&alice), Ok(()));
    clock.advance(1);
    assert_eq!(auth.authorize::<Anyone>(&alice), EXPIRED);
}

#[tokio::test]
async fn authorize_does_not_say_why_a_token_is_invalid_without_verbose_errors() {
    let issuer = Issuer::new(ISSUER, AUDIENCE);
    let clock = TestClock::new();
    let auth = build(
        Auth::builder()
            .bearer(issuer.jwt())
            .verbose_errors(false)
            .clock(clock.clone()),
    );
    let alice = authenticate(&auth, &issuer.token("alice").sign()).await;
    clock.advance(24 * 3600);
    let undisclosed = Denial::InvalidToken(TokenFault::Undisclosed);
    assert_eq!(auth.authorize::<Anyone>(&alice), Err(undisclosed));
}

#[tokio::test]
async fn g2_authorize_refuses_an_api_key_that_has_expired_since_without_a_reason() {
    let clock = TestClock::new();
    let keys = api_keys();
    let new = NewApiKey::new("robot").expires_in(Duration::from_secs(3600));
    let (_, key) = keys.create(new).await.unwrap();
    let issuer = Issuer::new(ISSUER, AUDIENCE);
    let auth = build(
        Auth::builder()
            .bearer(issuer.jwt())
            .api_keys(keys)
            .clock(clock.clone()),
    );
    let robot = authenticate(&auth, key.reveal()).await;
    assert_eq!(auth.authorize::<Anyone>(&robot), Ok(()));
    clock.advance(7200);
    assert_eq!(auth.authorize::<Anyone>(&robot), INVALID);
}

#[tokio::test]
async fn b18_authorize_refuses_a_token_that_was_revoked_since_in_any_way() {
    let now = SystemTime::now();
    let issuer = Issuer::new(ISSUER, AUDIENCE);
    for mapped in [false, true] {
        for (revoked, hits) in [
            (
                Revoked::token(ISSUER, "1", now + Duration::from_secs(3600)),
                true,
            ),
            (
                Revoked::token(ISSUER, "2", now + Duration::from_secs(3600)),
                false,
            ),
            (Revoked::session(ISSUER, "s1"), true),
            (Revoked::session(ISSUER, "s2"), false),
            (Revoked::subject(ISSUER, "alice", now), true),
            (
                Revoked::subject(ISSUER, "alice", now - Duration::from_secs(600)),
                false,
            ),
            (Revoked::subject(ISSUER, "bob", now), false),
            (Revoked::issuer(ISSUER, now), true),
            (Revoked::issuer("https://other.example", now), false),
        ] {
            let jwt = issuer.jwt();
            let jwt = if mapped {
                jwt.map_identity(async |caller: Identity| Ok(caller.with_claim("jti", "mapped")))
            } else {
                jwt
            };
            let auth = with_list(Auth::builder().bearer(jwt));
            let token = issuer.token("alice").claim("jti", "1").claim("sid", "s1");
            let alice = authenticate(&auth, &token.sign()).await;
            let changed = alice.clone().with_roles(["admin"]).with_claim("jti", "3");
            for identity in [&alice, &changed] {
                assert_eq!(auth.authorize::<Anyone>(identity), Ok(()));
            }
            auth.revoke(revoked.clone()).await.unwrap();
            for identity in [&alice, &changed] {
                let expected = if hits { REVOKED } else { Ok(()) };
                assert_eq!(auth.authorize::<Anyone>(identity), expected, "{revoked:?}");
            }
        }
    }
}

#[tokio::test]
async fn authorize_refuses_an_identity_of_an_api_key_that_is_from_before_a_revocation() {
    let keys = api_keys().cache_ttl(Duration::ZERO);
    let (record, key) = keys.create(NewApiKey::new("robot")).await.unwrap();
    // The key was created later, by another clock, and so it is not revoked itself.
    let clock = TestClock {
        start: record.created_at - Duration::from_secs(3600),
        ..TestClock::new()
    };
    let issuer = Issuer::new(ISSUER, AUDIENCE);
    let auth = with_list(
        Auth::builder()
            .bearer(issuer.jwt())
            .api_keys(keys)
            .clock(clock.clone()),
    );
    let before = authenticate(&auth, key.reveal()).await;
    assert_eq!(auth.authorize::<Anyone>(&before), Ok(()));
    clock.advance(10);
    let revoked = Revoked::subject(before.issuer(), "robot", clock.start);
    auth.revoke(revoked).await.unwrap();
    assert_eq!(auth.authorize::<Anyone>(&before), INVALID);
    let after = authenticate(&auth, key.reveal()).await;
    assert_eq!(auth.authorize::<Anyone>(&after), Ok(()));
}

#[tokio::test]
async fn g2_authorize_and_requests_refuse_an_api_key_whose_owner_was_revoked() {
    let keys = api_keys();
    let (_, key) = keys.create(NewApiKey::new("robot")).await.unwrap();
    let issuer = Issuer::new(ISSUER, AUDIENCE);
    let auth = with_list(Auth::builder().bearer(issuer.jwt()).api_keys(keys));
    let robot = authenticate(&auth, key.reveal()).await;
    let revoked = Revoked::subject("api_key", "robot", SystemTime::now());
    auth.revoke(revoked).await.unwrap();
    assert_eq!(auth.authorize::<Anyone>(&robot), INVALID);
    let again = auth.authenticate_token(key.reveal()).await;
    assert!(matches!(again, Err(AuthenticationError::Credentials)));
}

#[tokio::test]
async fn authorize_refuses_an_identity_that_this_auth_did_not_authenticate() {
    let issuer = Issuer::new(ISSUER, AUDIENCE);
    let keys = api_keys();
    let (_, key) = keys.create(NewApiKey::new("robot")).await.unwrap();
    let auth = || build(Auth::builder().bearer(issuer.jwt()).api_keys(keys.clone()));
    let (one, other) = (auth(), auth());
    let alice = issuer.token("alice");
    for credential in [&alice.sign(), key.reveal()] {
        // Both `Auth`s use the cache of API keys.
        let of_one = authenticate(&one, credential).await;
        let of_other = authenticate(&other, credential).await;
        assert_eq!(one.authorize::<Anyone>(&of_one), Ok(()));
        assert_eq!(one.clone().authorize::<Anyone>(&of_one), Ok(()));
        assert_eq!(other.authorize::<Anyone>(&of_other), Ok(()));
        assert_eq!(one.authorize::<Anyone>(&of_other), INVALID);
        assert_eq!(other.authorize::<Anyone>(&of_one), INVALID);
    }
    drop(other);
    let next = auth();
    let of_one = authenticate(&one, &alice.sign()).await;
    assert_eq!(next.authorize::<Anyone>(&of_one), INVALID);
    assert_eq!(one.authorize::<Anyone>(&alice.identity()), INVALID);
}

/// A list that can be broken.
#[derive(Clone, Default)]
struct List(Arc<Mutex<ListState>>);

#[derive(Default)]
enum ListState {
    #[default]
    Working,
    Unavailable,
    Panicking,
}

impl Revocation for List {
    fn check(&self, _: &RevocationQuery<'_>, _: SystemTime) -> Result<bool, BoxError> {
        let state = std::mem::take(&mut *self.0.lock().unwrap());
        match state {
            ListState::Working => Ok(false),
            ListState::Unavailable => Err("the list is too old".into()),
            ListState::Panicking => panic!("a bug in the list"),
        }
    }

    async fn revoke(&self, _: Revoked) -> Result<(), BoxError> {
        Err("this list is written by the test".into())
    }

    fn retention(&self) -> Duration {
        Duration::MAX
    }

    fn status(&self) -> RevocationStatus {
        RevocationStatus::default()
    }
}

#[tokio::test]
async fn i7_authorize_refuses_every_caller_while_the_list_of_revoked_tokens_is_unavailable() {
    let issuer = Issuer::new(ISSUER, AUDIENCE);
    let list = List::default();
    let auth = build(
        Auth::builder()
            .bearer(issuer.jwt())
            .revocation(list.clone()),
    );
    let alice = authenticate(&auth, &issuer.token("alice").sign()).await;
    *list.0.lock().unwrap() = ListState::Unavailable;
    match auth.authorize::<Anyone>(&alice) {
        Err(Denial::Unavailable { retry_after, .. }) => {
            assert_eq!(retry_after, Duration::from_secs(5));
        }
        other => panic!("{other:?}"),
    }
    *list.0.lock().unwrap() = ListState::Panicking;
    assert_eq!(auth.authorize::<Anyone>(&alice), Err(Denial::Failed));
    assert_eq!(auth.authorize::<Anyone>(&alice), Ok(()));
}

#[tokio::test]
async fn authorize_fails_if_the_clock_panics() {
    let issuer = Issuer::new(ISSUER, AUDIENCE);
    let stopped = Arc::new(AtomicBool::new(false));
    let is_stopped = Arc::clone(&stopped);
    let auth = build(Auth::builder().bearer(issuer.jwt()).clock(move || {
        assert!(!is_stopped.load(Ordering::Relaxed), "the clock has stopped");
        SystemTime::now()
    }));
    let alice = authenticate(&auth, &issuer.token("alice").sign()).await;
    stopped.store(true, Ordering::Relaxed);
    assert_eq!(auth.authorize::<Anyone>(&alice), Err(Denial::Failed));
}
