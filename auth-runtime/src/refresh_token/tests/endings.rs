//! The end of logins: logout, `Auth::revoke`, and the removal of expired ones.

use serde_json::json;

use super::*;
use crate::Auth;
use crate::authenticator::{AuthenticationError, LogoutError};
use crate::revocation::MemoryRevocation;
use crate::token_fault::TokenFault;

impl World {
    fn auth(&self, issuer: &TokenIssuer) -> Auth {
        let auth = Auth::builder()
            .bearer(issuer.jwt())
            .revocation(MemoryRevocation::new())
            .refresh_tokens(self.tokens.clone());
        auth.build().unwrap()
    }

    async fn issue_to(&self, subject: &str) -> RefreshToken {
        self.tokens.issue(subject).await.unwrap()
    }

    async fn is_valid(&self, token: &RefreshToken) -> bool {
        self.tokens.rotate(token.reveal()).await.is_ok()
    }
}

#[tokio::test]
async fn a_logout_with_any_token_of_a_login_ends_the_login() {
    let world = World::new();
    for old in [false, true] {
        let first = world.issue().await;
        let second = world.rotate(&first).await.unwrap();
        let sent = if old { &first } else { &second };
        world.tokens.revoke(sent).await.unwrap();
        assert_eq!(world.rotate(&second).await, Err("invalid"));
        // Once more is not an error.
        world.tokens.revoke(sent).await.unwrap();
    }
}

#[tokio::test]
async fn revoking_a_session_ends_only_its_login() {
    let world = World::new();
    let auth = world.auth(&issuer(SHOP));
    let (phone, laptop) = (world.issue_to("alice").await, world.issue_to("alice").await);
    let revoked = Revoked::session("https://other.example", phone.login().session_id());
    auth.revoke(revoked).await.unwrap();
    assert!(
        world
            .store
            .memory
            .find(phone.login().session_id())
            .await
            .unwrap()
            .is_some()
    );
    auth.revoke(Revoked::session(SHOP, phone.login().session_id()))
        .await
        .unwrap();
    assert!(!world.is_valid(&phone).await);
    assert!(world.is_valid(&laptop).await);
}

#[tokio::test]
async fn revoking_a_subject_ends_all_its_earlier_logins() {
    let world = World::new();
    let auth = world.auth(&issuer(SHOP));
    let before = [world.issue_to("alice").await, world.issue_to("alice").await];
    let bob = world.issue_to("bob").await;
    let time = world.clock.now();
    world.clock.advance(60);
    let clock_ahead = world.issue_to("alice").await;
    world.clock.advance(1);
    let after = world.issue_to("alice").await;
    let exact = Revoked::subject(SHOP, "alice", time).exactly();
    auth.revoke(exact).await.unwrap();
    for token in &before {
        assert!(!world.is_valid(token).await);
    }
    assert!(
        world
            .store
            .memory
            .find(clock_ahead.login().session_id())
            .await
            .unwrap()
            .is_some()
    );
    auth.revoke(Revoked::subject(SHOP, "alice", time))
        .await
        .unwrap();
    assert!(!world.is_valid(&clock_ahead).await);
    assert!(world.is_valid(&after).await);
    assert!(world.is_valid(&bob).await);
}

#[tokio::test]
async fn revoking_an_issuer_ends_only_the_logins_of_that_issuer() {
    let world = World::new();
    let auth = world.auth(&issuer(SHOP));
    let (alice, bob) = (world.issue_to("alice").await, world.issue_to("bob").await);
    let other = RefreshTokens::builder(
        &issuer("https://other.example"),
        SECRET,
        world.store.clone(),
    );
    let other = other.clock(world.clock.clone()).build().unwrap();
    let carol = other.issue("alice").await.unwrap();
    // One access token, which has no refresh token.
    let one = Revoked::token(SHOP, "1", world.clock.now() + LEEWAY);
    auth.revoke(one).await.unwrap();
    auth.revoke(Revoked::issuer(SHOP, world.clock.now()))
        .await
        .unwrap();
    for token in [&alice, &bob] {
        assert!(!world.is_valid(token).await);
    }
    // A token of one issuer is not one of another, also with one secret and one store.
    assert!(!world.is_valid(&carol).await);
    assert!(other.rotate(carol.reveal()).await.is_ok());
}

#[tokio::test]
async fn a_revocation_that_does_not_reach_the_store_is_an_error() {
    let world = World::new();
    let auth = world.auth(&issuer(SHOP));
    let alice = world.issue_to("alice").await;
    world.store.set(Outage::Fails);
    let revoked = Revoked::subject(SHOP, "alice", world.clock.now());
    let error: BoxError = auth.revoke(revoked.clone()).await.unwrap_err();
    assert!(
        error.to_string().contains("the database is down"),
        "{error}"
    );
    world.store.set(Outage::None);
    auth.revoke(revoked).await.unwrap();
    assert!(!world.is_valid(&alice).await);
}

/// A logout token of `issuer` for all sessions of alice.
fn logout_token(issuer: &TokenIssuer) -> String {
    let event = "http://schemas.openid.net/event/backchannel-logout";
    let token = issuer.token("alice").typ("logout+jwt");
    token.claim("events", json!({ event: {} })).sign().unwrap()
}

#[tokio::test]
async fn a_logout_token_ends_the_logins_at_its_own_issuer_only() {
    const PARTNER: &str = "https://partner.example";

    let world = World::new();
    let (shop, partner) = (issuer(SHOP), issuer(PARTNER));
    let auth = Auth::builder()
        .bearer(shop.jwt().backchannel_logout(SHOP))
        .bearer(partner.jwt().backchannel_logout(PARTNER))
        .revocation(MemoryRevocation::new())
        .refresh_tokens(world.tokens.clone());
    let auth = auth.build().unwrap();
    let alice = world.issue_to("alice").await;
    let bob = world.issue_to("bob").await;

    assert!(auth.log_out(&logout_token(&partner)).await.unwrap().is_ok());
    let kept = format!("{:?}", world.store.memory);
    assert_eq!(kept, "MemoryRefreshTokens { families: 2 }");

    // Sent again after an outage.
    let token = logout_token(&shop);
    world.store.set(Outage::Fails);
    let failed = auth.log_out(&token).await.unwrap();
    assert!(
        matches!(failed, Err(LogoutError::Unavailable(_))),
        "{failed:?}"
    );
    world.store.set(Outage::None);
    assert!(auth.log_out(&token).await.unwrap().is_ok());
    let kept = format!("{:?}", world.store.memory);
    assert_eq!(kept, "MemoryRefreshTokens { families: 1 }");
    assert!(!world.is_valid(&alice).await);
    assert!(world.is_valid(&bob).await);
    let again = auth.log_out(&token).await.unwrap();
    assert!(matches!(again, Err(LogoutError::Refused(_))), "{again:?}");
}

#[tokio::test]
async fn a_logout_of_all_sessions_is_listed_also_if_the_logins_can_not_be_ended() {
    let world = World::new();
    let shop = issuer(SHOP);
    let jwt = shop.jwt().backchannel_logout(SHOP);
    let auth = Auth::builder()
        .bearer(jwt.logout_ends_all_sessions())
        .revocation(MemoryRevocation::new())
        .refresh_tokens(world.tokens.clone());
    let auth = auth.build().unwrap();
    let access = |sid: &str| shop.token("alice").session(sid).sign().unwrap();
    let (phone, laptop) = (access("phone"), access("laptop"));
    assert!(auth.authenticate_token(&laptop).await.is_ok());

    world.store.set(Outage::Fails);
    let event = "http://schemas.openid.net/event/backchannel-logout";
    let token = shop.token("alice").typ("logout+jwt").session("phone");
    let token = token.claim("events", json!({ event: {} })).sign().unwrap();
    let failed = auth.log_out(&token).await.unwrap();
    assert!(
        matches!(failed, Err(LogoutError::Unavailable(_))),
        "{failed:?}"
    );
    for token in [&phone, &laptop] {
        let refused = auth.authenticate_token(token).await;
        let revoked = AuthenticationError::Token(TokenFault::Revoked);
        assert_eq!(refused.unwrap_err().to_string(), revoked.to_string());
    }
}

#[test]
fn refresh_tokens_need_a_list_of_revoked_tokens() {
    let world = World::new();
    let auth = Auth::builder()
        .bearer(issuer(SHOP).jwt())
        .refresh_tokens(world.tokens);
    let error = auth.build().unwrap_err().to_string();
    assert!(error.contains("`.refresh_tokens(..)`"), "{error}");
    assert!(error.contains("`.revocation(..)`"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn a_later_login_removes_expired_logins() {
    let world = World::with(|builder| builder.idle_lifetime(Duration::from_secs(60)));
    for _ in 0..10 {
        world.issue().await;
    }
    let kept = format!("{:?}", world.store.memory);
    assert_eq!(kept, "MemoryRefreshTokens { families: 10 }");
    world.clock.advance(60);
    // The removal is limited to one a second.
    tokio::time::advance(Duration::from_secs(1)).await;
    world.issue().await;
    let kept = format!("{:?}", world.store.memory);
    assert_eq!(kept, "MemoryRefreshTokens { families: 1 }");
}
