//! Reading a token without replacing it.

use super::*;

#[tokio::test]
async fn a_token_that_was_only_read_can_be_sent_again_after_the_grace_period() {
    let world = World::new();
    let token = world.tokens.issue("alice").await.unwrap();
    for _ in 0..3 {
        let login = world.tokens.read(token.reveal()).await.unwrap();
        assert_eq!(login.subject(), "alice");
        assert_eq!(login.session_id(), token.login().session_id());
        assert_eq!(
            login.authentication_time(),
            token.login().authentication_time()
        );
        // The user database is down.
        world.clock.advance(3_600);
    }
    assert_eq!(world.store.counts(), (3, 0));
    assert!(world.rotate(token.reveal()).await.is_ok());
}

#[tokio::test]
async fn a_replaced_token_can_be_read_within_the_grace_period() {
    let world = World::new();
    let first = world.issue().await;
    let second = world.rotate(&first).await.unwrap();
    world.clock.advance(10);
    assert_eq!(world.read(&first).await, Ok(()));
    assert_eq!(world.rotate(&first).await.unwrap(), second);
}

#[tokio::test]
async fn reading_a_token_that_was_used_before_ends_its_login() {
    let world = World::new();
    let first = world.issue().await;
    let second = world.rotate(&first).await.unwrap();
    world.clock.advance(11);
    assert_eq!(world.read(&first).await, Err("reused"));
    assert_eq!(world.rotate(&second).await, Err("invalid"));

    // An older token, within the grace period.
    let first = world.issue().await;
    let second = world.rotate(&first).await.unwrap();
    let third = world.rotate(&second).await.unwrap();
    assert_eq!(world.read(&first).await, Err("reused"));
    assert_eq!(world.read(&third).await, Err("invalid"));
}

#[tokio::test]
async fn reading_refuses_what_rotation_refuses() {
    let world = World::with(|builder| builder.idle_lifetime(Duration::from_secs(60)));
    assert_eq!(world.read("rt_made-up").await, Err("invalid"));
    assert_eq!(world.store.counts(), (0, 0));

    let token = world.issue().await;
    world.store.set(Outage::Fails);
    assert_eq!(world.read(&token).await, Err("unavailable"));
    world.store.set(Outage::None);
    assert_eq!(world.read(&token).await, Ok(()));

    world.clock.advance(60);
    assert_eq!(world.read(&token).await, Err("expired"));

    let ended = world.issue().await;
    world.tokens.revoke(&ended).await.unwrap();
    assert_eq!(world.read(&ended).await, Err("invalid"));
}
