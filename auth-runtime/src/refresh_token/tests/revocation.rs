//! Logins that a list of revoked tokens ends, although the store did not end them.

use super::*;
use crate::Auth;
use crate::revocation::{MemoryRevocation, Revocation, RevocationQuery, RevocationStatus};

const DAY: u64 = 24 * 60 * 60;

/// A node with its own `Auth`.
fn auth(tokens: &RefreshTokens, list: impl Revocation) -> Auth {
    let auth = Auth::builder()
        .bearer(issuer(SHOP).jwt())
        .revocation(list)
        .refresh_tokens(tokens.clone());
    auth.build().unwrap()
}

#[tokio::test]
async fn a_login_that_is_stored_after_the_revocation_of_its_subject_has_ended() {
    let world = World::new();
    let auth = auth(&world.tokens, MemoryRevocation::new());
    let before = world.clock.now();
    auth.revoke(Revoked::subject(SHOP, "alice", before).exactly())
        .await
        .unwrap();
    // It began at the time of the revocation.
    let alice = world.issue().await;
    let bob = world.tokens.issue("bob").await.unwrap();
    assert_eq!(world.read(&alice).await, Err("invalid"));
    assert_eq!(
        format!("{:?}", world.store.memory),
        "MemoryRefreshTokens { families: 1 }"
    );
    assert!(world.tokens.rotate(bob.reveal()).await.is_ok());
    world.clock.advance(1);
    let later = world.issue().await;
    assert!(world.rotate(&later).await.is_ok());
}

/// Both have read the clock and the list before the revocation, and write to the store after it.
#[tokio::test]
async fn a_login_or_a_rotation_in_progress_does_not_survive_the_revocation_of_its_subject() {
    for exact in [false, true] {
        let world = World::new();
        let auth = auth(&world.tokens, MemoryRevocation::new());
        let first = world.issue().await;
        let issuing = world.tokens.issue("alice");
        let rotating = world.rotate(&first);
        let revoking = async {
            while world.store.waiting.load(Ordering::Relaxed) < 2 {
                tokio::task::yield_now().await;
            }
            let revoked = Revoked::subject(SHOP, "alice", world.clock.now());
            let revoked = if exact { revoked.exactly() } else { revoked };
            auth.revoke(revoked).await.unwrap();
            world.store.set(Outage::None);
        };
        world.store.set(Outage::WritesWait);
        let (issued, rotated, ()) = tokio::join!(issuing, rotating, revoking);
        let issued = issued.unwrap();
        assert_eq!(world.read(issued.reveal()).await, Err("invalid"));
        assert_eq!(rotated, Err("invalid"));
        assert_eq!(world.rotate(&first).await, Err("invalid"));
    }
}

#[tokio::test]
async fn a_revocation_covers_logins_by_clocks_that_are_a_minute_ahead() {
    let world = World::new();
    let auth = auth(&world.tokens, MemoryRevocation::new());
    let before = world.clock.now();
    auth.revoke(Revoked::subject(SHOP, "alice", before))
        .await
        .unwrap();
    world.clock.advance(60);
    let ahead = world.issue().await;
    assert_eq!(world.rotate(&ahead).await, Err("invalid"));
    world.clock.advance(1);
    let after = world.issue().await;
    assert!(world.rotate(&after).await.is_ok());
}

#[tokio::test]
async fn another_node_with_the_list_rotates_no_token_of_a_revoked_login() {
    let world = World::new();
    let list = MemoryRevocation::new();
    let other = builder(SECRET, world.store.clone()).clock(world.clock.clone());
    let other = other.build().unwrap();
    let _auths = [&world.tokens, &other].map(|tokens| auth(tokens, list.clone()));
    for revoked in [
        |_: &RefreshToken, now| Revoked::subject(SHOP, "alice", now),
        |_: &RefreshToken, now| Revoked::issuer(SHOP, now),
        |token: &RefreshToken, _| Revoked::session(SHOP, token.login().session_id()),
    ] {
        let token = world.tokens.issue("alice").await.unwrap();
        let second = world.rotate(token.reveal()).await.unwrap();
        // Without `Auth::revoke`, so the store is not told.
        let revoked = revoked(&token, world.clock.now());
        list.revoke(revoked).await.unwrap();
        // The current token, and the one before, which is within the grace period.
        assert_eq!(rotate(&other, &second).await, Err("invalid"));
        assert_eq!(world.rotate(token.reveal()).await, Err("invalid"));
        world.clock.advance(61);
    }
}

#[tokio::test]
async fn a_login_may_be_older_than_the_list_remembers() {
    let world = World::new();
    let list = MemoryRevocation::builder().entry_ttl(Duration::from_secs(DAY));
    let list = list.build();
    let _auth = auth(&world.tokens, list.clone());
    let mut token = world.issue().await;
    for _ in 0..3 {
        world.clock.advance(2 * DAY);
        token = world.rotate(&token).await.unwrap();
    }
    let revoked = Revoked::subject(SHOP, "alice", world.clock.now());
    list.revoke(revoked).await.unwrap();
    world.clock.advance(DAY);
    assert_eq!(world.rotate(&token).await, Err("invalid"));
}

#[tokio::test]
async fn a_revocation_from_before_the_retention_period_ends_the_earlier_logins_only() {
    for exact in [false, true] {
        let world = World::new();
        let list = MemoryRevocation::builder().entry_ttl(Duration::from_secs(DAY));
        let list = list.build();
        let _auth = auth(&world.tokens, list.clone());
        let mut earlier = world.issue().await;
        world.clock.advance(2 * DAY);
        earlier = world.rotate(&earlier).await.unwrap();
        let before = world.clock.now();
        world.clock.advance(DAY);
        let mut later = world.issue().await;
        world.clock.advance(2 * DAY);
        later = world.rotate(&later).await.unwrap();
        let revoked = Revoked::subject(SHOP, "alice", before);
        let revoked = if exact { revoked.exactly() } else { revoked };
        list.revoke(revoked).await.unwrap();
        assert_eq!(world.rotate(&earlier).await, Err("invalid"));
        assert!(world.rotate(&later).await.is_ok());
    }
}

/// A list that can't be read.
struct Unavailable;

impl Revocation for Unavailable {
    fn check(&self, _: &RevocationQuery<'_>, _: SystemTime) -> Result<bool, BoxError> {
        Err("the list is unavailable".into())
    }

    async fn revoke(&self, _: Revoked) -> Result<(), BoxError> {
        Ok(())
    }

    fn retention(&self) -> Duration {
        Duration::from_secs(DAY)
    }

    fn status(&self) -> RevocationStatus {
        RevocationStatus::default()
    }
}

#[tokio::test]
async fn while_the_list_is_unavailable_a_token_is_neither_replaced_nor_ended() {
    let world = World::new();
    let auth = auth(&world.tokens, Unavailable);
    let token = world.issue().await;
    assert_eq!(world.read(&token).await, Err("unavailable"));
    assert_eq!(world.rotate(&token).await, Err("unavailable"));
    assert_eq!(world.store.counts().1, 0);
    // An application may replace its `Auth`.
    drop(auth);
    assert!(world.rotate(&token).await.is_ok());
}
