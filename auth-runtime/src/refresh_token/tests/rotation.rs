//! Which token gets a successor, and which one ends its family.

use std::collections::BTreeSet;

use futures_util::future::join_all;

use super::*;

#[tokio::test]
async fn each_rotation_returns_a_new_token_of_the_same_login() {
    let world = World::new();
    let first = world.tokens.issue("alice").await.unwrap();
    let mut texts = BTreeSet::from([first.reveal().to_owned()]);
    let mut token = first.reveal().to_owned();
    for _ in 0..20 {
        world.clock.advance(300);
        let rotated = world.tokens.rotate(&token).await.unwrap();
        let (login, first) = (rotated.login(), first.login());
        assert_eq!(login.subject(), "alice");
        assert_eq!(login.session_id(), first.session_id());
        assert_eq!(login.authentication_time(), first.authentication_time());
        token = rotated.reveal().to_owned();
        assert!(texts.insert(token.clone()));
    }
    // The text has no padding and fits into a cookie and a form.
    assert!(
        texts
            .iter()
            .all(|text| text.len() == 73 && text.starts_with("rt_"))
    );
}

#[tokio::test(start_paused = true)]
async fn one_hundred_parallel_rotations_of_one_token_give_one_successor() {
    let world = World::new();
    let first = world.issue().await;
    let rotations = (0..100).map(|_| world.rotate(&first));
    let successors: BTreeSet<_> = join_all(rotations).await.into_iter().collect();
    assert_eq!(successors.len(), 1, "{successors:?}");
    assert_eq!(world.store.counts().1, 1);
    let successor = successors.first().unwrap().as_deref().unwrap();
    assert!(world.rotate(successor).await.is_ok());
}

#[tokio::test]
async fn another_node_gives_the_same_successor() {
    let world = World::new();
    let other = builder(SECRET, world.store.clone()).clock(world.clock.clone());
    let other = other.build().unwrap();
    let first = world.issue().await;
    let second = world.rotate(&first).await.unwrap();
    assert_eq!(rotate(&other, &first).await.unwrap(), second);
    let third = rotate(&other, &second).await.unwrap();
    assert_eq!(world.rotate(&second).await.unwrap(), third);
}

#[tokio::test]
async fn the_previous_token_gets_the_same_successor_within_the_grace_period_and_ends_the_family_after_it()
 {
    let world = World::new();
    let first = world.issue().await;
    world.clock.advance(1_000);
    let second = world.rotate(&first).await.unwrap();
    for _ in 0..2 {
        world.clock.advance(5);
        assert_eq!(world.rotate(&first).await.unwrap(), second);
    }
    world.clock.advance(1);
    assert_eq!(world.rotate(&first).await, Err("reused"));
    assert_eq!(world.rotate(&second).await, Err("invalid"));
    assert_eq!(world.rotate(&first).await, Err("invalid"));
}

#[tokio::test]
async fn an_older_token_ends_the_family_also_within_the_grace_period() {
    let world = World::new();
    let first = world.issue().await;
    let second = world.rotate(&first).await.unwrap();
    let third = world.rotate(&second).await.unwrap();
    assert_eq!(world.rotate(&first).await, Err("reused"));
    for token in [second, third] {
        assert_eq!(world.rotate(&token).await, Err("invalid"));
    }
}

#[tokio::test]
async fn reuse_ends_only_the_login_of_the_token() {
    let world = World::new();
    let (phone, laptop) = (world.issue().await, world.issue().await);
    world.rotate(&phone).await.unwrap();
    world.clock.advance(11);
    assert_eq!(world.rotate(&phone).await, Err("reused"));
    assert!(world.rotate(&laptop).await.is_ok());
}

#[tokio::test]
async fn the_grace_period_is_a_setting() {
    let world = World::with(|builder| builder.grace_period(Duration::ZERO));
    let first = world.issue().await;
    world.rotate(&first).await.unwrap();
    world.clock.advance(1);
    assert_eq!(world.rotate(&first).await, Err("reused"));

    let world = World::with(|builder| builder.grace_period(Duration::from_secs(60)));
    let first = world.issue().await;
    let second = world.rotate(&first).await;
    world.clock.advance(60);
    assert_eq!(world.rotate(&first).await, second);
}

#[tokio::test]
async fn rotation_extends_a_login_only_up_to_the_absolute_lifetime() {
    let day = Duration::from_secs(86_400);
    let world = World::with(|builder| builder.idle_lifetime(2 * day).absolute_lifetime(5 * day));
    let unused = world.issue().await;
    world.clock.advance(2 * 86_400 - 1);
    let token = world.rotate(&unused).await.unwrap();
    world.clock.advance(2 * 86_400);
    assert_eq!(world.rotate(&token).await, Err("expired"));

    let mut token = world.issue().await;
    for _ in 0..4 {
        world.clock.advance(86_400);
        token = world.rotate(&token).await.unwrap();
    }
    world.clock.advance(86_400 - 1);
    let last = world.tokens.rotate(&token).await.unwrap();
    let start = last.login().authentication_time();
    assert_eq!(last.expires_at(), start + 5 * day);
    world.clock.advance(1);
    assert_eq!(world.rotate(last.reveal()).await, Err("expired"));
}

#[tokio::test]
async fn a_text_that_this_service_did_not_make_never_reaches_the_store() {
    let world = World::new();
    let token = world.issue().await;
    let foreign = World::with(|builder| builder);
    let foreign_secret = builder([8; 32], foreign.store).build().unwrap();
    let foreign = foreign_secret.issue("alice").await.unwrap();
    let body = token.strip_prefix("rt_").unwrap();
    let mut made_up = vec![
        String::new(),
        "rt_".to_owned(),
        body.to_owned(),
        format!("{token}A"),
        format!("{token}="),
        format!(" {token}"),
        token.to_lowercase(),
        token[..token.len() - 1].to_owned(),
        foreign.reveal().to_owned(),
        "rt_é".to_owned(),
    ];
    // Another family or generation, and another code.
    for position in [5, 26, 40, 60] {
        let mut changed = token.clone().into_bytes();
        changed[position] = if changed[position] == b'A' {
            b'B'
        } else {
            b'A'
        };
        made_up.push(String::from_utf8(changed).unwrap());
    }
    for text in made_up {
        assert_eq!(world.rotate(&text).await, Err("invalid"), "{text}");
        world.tokens.revoke(&text).await.unwrap();
    }
    assert_eq!(world.store.counts(), (0, 0));
    assert!(world.rotate(&token).await.is_ok());
}

#[tokio::test]
async fn a_rotated_secret_accepts_the_tokens_of_the_last_one_and_makes_others() {
    const NEXT: [u8; 32] = [9; 32];
    let (store, clock) = (Store::default(), StoppedClock::new());
    let node = |secret: &[u8], others: &[&[u8]]| {
        let builder = builder(secret, store.clone()).clock(clock.clone());
        let with_others = others
            .iter()
            .fold(builder, RefreshTokensBuilder::previous_secret);
        with_others.build().unwrap()
    };
    let last = SECRET.as_bytes();
    let knows_next = node(last, &[&NEXT]);
    let makes_next = node(&NEXT, &[last]);
    let only_next = node(&NEXT, &[]);

    let first = knows_next.issue("alice").await.unwrap().reveal().to_owned();
    let second = rotate(&makes_next, &first).await.unwrap();
    // A node that does not make tokens with the next secret yet gives the same successor.
    assert_eq!(rotate(&knows_next, &first).await.unwrap(), second);
    assert_eq!(rotate(&only_next, &first).await, Err("invalid"));
    let third = rotate(&only_next, &second).await.unwrap();
    assert_eq!(rotate(&makes_next, &second).await.unwrap(), third);
}

#[tokio::test]
async fn a_missing_secret_is_an_error_and_does_not_end_the_login() {
    let (store, clock) = (Store::default(), StoppedClock::new());
    let node = |builder: RefreshTokensBuilder| builder.clock(clock.clone()).build().unwrap();
    let behind = node(builder(SECRET, store.clone()));
    let ahead = node(builder([9; 32], store.clone()).previous_secret(SECRET));
    let first = behind.issue("alice").await.unwrap().reveal().to_owned();
    let second = rotate(&ahead, &first).await.unwrap();
    assert_eq!(rotate(&behind, &first).await, Err("unavailable"));
    assert!(rotate(&ahead, &second).await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn a_store_outage_is_an_error_and_does_not_end_the_login() {
    let world = World::new();
    let first = world.issue().await;
    for outage in [Outage::Fails, Outage::Hangs] {
        world.store.set(outage);
        assert_eq!(world.rotate(&first).await, Err("unavailable"));
        assert!(world.tokens.issue("alice").await.is_err());
        assert!(world.tokens.revoke(&first).await.is_err());
    }
    world.store.set(Outage::None);
    let second = world.rotate(&first).await.unwrap();
    // Reuse that can't be written down is not reported as one.
    world.clock.advance(11);
    world.store.set(Outage::Fails);
    assert_eq!(world.rotate(&first).await, Err("unavailable"));
    world.store.set(Outage::None);
    assert!(world.rotate(&second).await.is_ok());
}
