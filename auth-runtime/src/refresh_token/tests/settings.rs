//! The settings, and what messages do not show.

use super::*;
use crate::clock::Timestamp;
use crate::refresh_token::RefreshTokensFault;

#[test]
fn all_faults_of_refresh_tokens_are_reported_together() {
    let error = builder("too short", Store::default())
        .previous_secret("-----BEGIN PUBLIC KEY-----")
        .idle_lifetime(Duration::from_millis(999))
        .grace_period(Duration::from_secs(61))
        .build()
        .unwrap_err();
    let texts: Vec<_> = error.faults().iter().map(ToString::to_string).collect();
    assert_eq!(texts.len(), 4, "{texts:#?}");
    for (text, expected) in texts.iter().zip([
        "secret 1: the secret has 9 octets; HS256 needs at least 32",
        "secret 2: this is a PEM document",
        "a lifetime of refresh tokens is less than a second",
        "the grace period of refresh tokens must be at most one minute",
    ]) {
        assert!(text.starts_with(expected), "{text}");
    }
    assert!(!error.to_string().contains("too short"));
}

#[test]
fn the_grace_period_is_at_most_a_minute() {
    let minute = Duration::from_secs(60);
    let with = |grace_period| builder(SECRET, Store::default()).grace_period(grace_period);
    assert!(with(minute).build().is_ok());
    for longer in [minute + Duration::from_nanos(1), Duration::MAX] {
        let error = with(longer).build().unwrap_err();
        assert_eq!(error.faults(), [RefreshTokensFault::GracePeriodTooLong]);
    }
}

#[tokio::test]
async fn the_longest_lifetimes_do_not_overflow() {
    const YEAR: u64 = 365 * 24 * 60 * 60;

    let world = World::with(|builder| {
        let builder = builder.idle_lifetime(Duration::MAX);
        builder.absolute_lifetime(Duration::MAX)
    });
    let last = Timestamp::from_seconds(i64::MAX).to_system_time().unwrap();
    let first = world.tokens.issue("alice").await.unwrap();
    assert_eq!(first.expires_at(), last);
    world.clock.advance(1_000 * YEAR);
    let second = world.tokens.rotate(first.reveal()).await.unwrap();
    assert_eq!(second.expires_at(), last);
    world.clock.advance(60);
    assert_eq!(world.rotate(first.reveal()).await, Err("reused"));
}

#[tokio::test]
async fn with_the_shortest_lifetimes_a_token_lives_for_a_second() {
    let second = Duration::from_secs(1);
    for world in [
        World::with(|builder| {
            builder
                .idle_lifetime(second)
                .absolute_lifetime(Duration::MAX)
        }),
        World::with(|builder| {
            builder
                .idle_lifetime(Duration::MAX)
                .absolute_lifetime(second)
        }),
    ] {
        let token = world.issue().await;
        let token = world.rotate(&token).await.unwrap();
        world.clock.advance(1);
        assert_eq!(world.rotate(&token).await, Err("expired"));
    }
}

#[tokio::test]
async fn debug_output_and_the_store_show_no_token() {
    let world = World::new();
    let token = world.tokens.issue("alice").await.unwrap();
    let family = world
        .store
        .memory
        .find(token.login().session_id())
        .await
        .unwrap();
    let builder = builder(SECRET, Store::default());
    let shown = format!("{:?} {token:?} {family:?} {builder:?}", world.tokens);
    assert!(shown.contains("alice"));
    let code = &token.reveal()[30..];
    assert!(!shown.contains(code) && !shown.contains(SECRET), "{shown}");
    assert!(shown.contains("[redacted]"), "{shown}");
}
