//! A key server that is down or slow (rows I1 and I2).

use std::time::Duration;

use auth_runtime::Auth;
use auth_runtime::testing::Issuer;
use auth_tests::client::Request;
use auth_tests::clock::{StoppedClock, eventually};
use auth_tests::expected::{Expected, invalid_token, refused};
use auth_tests::logs::Capture;
use tracing::Level;

use super::key_server::{Answer, KEYS, KeyServer};
use super::{
    AUDIENCE, COOL_DOWN, each, fresh, generation, on_demand, read_by_alice, start_node, trust,
    unavailable, unknown_key,
};

/// How often keys are fetched where they are fetched without a request.
const INTERVAL: Duration = Duration::from_secs(5 * 60);

#[tokio::test]
async fn i2_without_any_fetched_keys_a_token_is_503() {
    let issuer = generation("one");
    let server = KeyServer::down();
    let node = start_node(trust(&server, on_demand())).await;
    for _ in 0..3 {
        node.expect(&fresh(&issuer), unavailable()).await;
    }
    // What needs no key is answered as ever.
    let anonymous = node.server.send(&Request::get("/read")).await;
    let challenge = r#"Bearer realm="api", scope="read""#;
    let expected = refused(401).challenge(challenge);
    Expected::from(expected).compare(&anonymous).unwrap();
    node.expect("nonsense", invalid_token("The access token is malformed"))
        .await;
    let strange = Issuer::new("https://strange.example", AUDIENCE);
    let untrusted = "The access token issuer is not trusted";
    node.expect(&fresh(&strange), invalid_token(untrusted))
        .await;
}

#[tokio::test(start_paused = true)]
async fn keys_missing_at_the_start_are_fetched_without_a_request() {
    let clock = StoppedClock::start();
    let issuer = generation("one");
    let mut server = KeyServer::down();
    server.answer(KEYS, Answer::keys([&issuer]));
    let node = start_node(trust(&server, on_demand())).await;
    node.expect(&fresh(&issuer), unavailable()).await;
    assert!(!node.auth.is_ready());
    let status = &node.auth.status().issuers[0];
    assert_eq!((status.keys, status.usable), (0, false));
    assert!(status.last_error.is_some());

    server.come_back();
    // Up to a tenth later.
    clock.advance(2 * COOL_DOWN).await;
    node.auth.ready().await;
    node.expect(&fresh(&issuer), read_by_alice()).await;
    assert_eq!(server.count(KEYS), 1);
    let status = &node.auth.status().issuers[0];
    assert_eq!((status.keys, status.usable), (1, true));
    assert_eq!(status.last_error, None);

    // What was ready stays so.
    server.go_down().await;
    clock.advance(COOL_DOWN).await;
    node.expect(&fresh(&generation("two")), unavailable()).await;
    assert!(node.auth.is_ready());
    let status = &node.auth.status().issuers[0];
    assert_eq!((status.keys, status.usable), (1, true));
    assert!(status.last_error.is_some());
}

#[tokio::test(start_paused = true)]
async fn i1_keys_outlast_a_short_outage() {
    let clock = StoppedClock::start();
    let issuer = generation("one");
    let mut server = KeyServer::with_keys(Answer::keys([&issuer])).await;
    let node = start_node(trust(&server, each(INTERVAL))).await;
    let seen_before = fresh(&issuer);
    node.expect(&seen_before, read_by_alice()).await;
    server.go_down().await;
    // Longer than the keys are fresh.
    for _ in 0..5 {
        clock.advance(INTERVAL).await;
        node.expect(&seen_before, read_by_alice()).await;
        node.expect(&fresh(&issuer), read_by_alice()).await;
    }
}

#[tokio::test(start_paused = true)]
async fn i2_keys_do_not_outlast_a_long_outage() {
    let clock = StoppedClock::start();
    let issuer = generation("one");
    let mut server = KeyServer::with_keys(Answer::keys([&issuer])).await;
    let refresh = each(INTERVAL).stale_for(INTERVAL);
    let node = start_node(trust(&server, refresh)).await;
    let seen_before = fresh(&issuer);
    node.expect(&seen_before, read_by_alice()).await;
    server.go_down().await;
    clock.advance(2 * INTERVAL).await;
    // It is unknown whether its key is still in use.
    node.expect(&seen_before, unavailable()).await;
    node.expect(&fresh(&issuer), unavailable()).await;
    server.come_back();
    // Longer than the longest pause between two attempts.
    clock.advance(2 * COOL_DOWN).await;
    eventually("it recovers by itself", async || {
        node.auth.status().issuers[0].usable
    })
    .await;
    node.expect(&fresh(&issuer), read_by_alice()).await;
    node.expect(&seen_before, read_by_alice()).await;
}

#[tokio::test(start_paused = true)]
async fn i2_an_unknown_kid_is_503_while_the_key_server_is_down() {
    let clock = StoppedClock::start();
    let issuer = generation("one");
    let mut server = KeyServer::with_keys(Answer::keys([&issuer])).await;
    let node = start_node(trust(&server, on_demand())).await;
    node.expect(&fresh(&issuer), read_by_alice()).await;
    server.go_down().await;
    clock.advance(COOL_DOWN).await;
    let next = generation("two");
    for _ in 0..3 {
        node.expect(&fresh(&next), unavailable()).await;
        node.expect(&fresh(&issuer), read_by_alice()).await;
    }
    server.come_back();
    clock.advance(COOL_DOWN).await;
    node.expect(&fresh(&next), unknown_key()).await;
    node.expect(&fresh(&issuer), read_by_alice()).await;
}

#[tokio::test(start_paused = true)]
async fn no_key_is_fetched_after_its_auth_was_dropped() {
    let clock = StoppedClock::start();
    let issuer = generation("one");
    let server = KeyServer::with_keys(Answer::keys([&issuer])).await;
    let auth = Auth::builder().bearer(trust(&server, each(INTERVAL)));
    let auth = auth.build().unwrap();
    auth.ready().await;
    // Another `Auth`, which is not dropped, shows when the next fetch is due.
    let other = KeyServer::with_keys(Answer::keys([&issuer])).await;
    let _node = start_node(trust(&other, each(INTERVAL))).await;
    eventually("both are fetched", async || other.count(KEYS) == 1).await;
    drop(auth);
    for fetches in 2..5 {
        clock.advance(INTERVAL).await;
        eventually("the other is fetched", async || {
            other.count(KEYS) == fetches
        })
        .await;
    }
    assert_eq!(server.count(KEYS), 1);
}

#[tokio::test(start_paused = true)]
async fn a_key_outage_does_not_flood_the_log_and_logs_no_token() {
    let _clock = StoppedClock::start();
    let log = Capture::start();
    let issuer = generation("one");
    let server = KeyServer::down();
    let node = start_node(trust(&server, on_demand())).await;
    let token = fresh(&issuer);
    let mut client = node.connect().await;
    for _ in 0..20 {
        let statuses = client.statuses(&[&token; 50]).await;
        assert_eq!(statuses, [503; 50]);
    }
    let events = log.take_runtime_events();
    let (_, signature) = token.rsplit_once('.').unwrap();
    assert!(!events.everything().contains(signature), "{events:?}");
    // Events about requests are limited to one per second of the system clock.
    let about_fetches = events.iter().filter(|event| event.level == Level::WARN);
    assert_eq!(about_fetches.count(), 1, "{events:?}");
}
