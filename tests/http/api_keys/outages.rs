//! A store that is down or slow is answered 503: no key is accepted, none is refused with 401.

use std::time::Duration;

use auth_tests::clock::{StoppedClock, eventually};
use auth_tests::expected::{Expected, refused};

use super::*;

fn assert_unavailable(response: &Response) {
    let expected: Expected = refused(503).retry_after("5").into();
    expected.compare(response).unwrap();
}

#[tokio::test]
async fn i4_an_api_key_store_that_is_down_is_answered_503() {
    let logs = auth_tests::logs::Capture::start();
    let store = Store::default();
    let node = Node::start(ApiKeys::new(store.clone()).cache_ttl(Duration::ZERO)).await;
    let key = node.create(NewApiKey::new("alice")).await;
    assert_eq!(node.status(&key).await, 200);
    store.down.store(true, Ordering::SeqCst);
    for key in [&key, &strange_key().await] {
        for path in ["/any", "/read", "/optional"] {
            let request = Request::get(path).header("X-API-Key", key.reveal());
            assert_unavailable(&node.send(&request).await);
        }
    }
    // What can't be a key needs no store.
    assert_eq!(node.present("bad").await.status, 401);
    assert_eq!(node.send(&Request::get("/any")).await.status, 401);
    let events = logs.take_runtime_events();
    let said = events.everything();
    assert!(
        said.contains("connection refused by db.internal"),
        "{events:?}"
    );
    store.down.store(false, Ordering::SeqCst);
    assert_eq!(node.status(&key).await, 200);
}

#[tokio::test(start_paused = true)]
async fn i4_a_slow_api_key_store_is_answered_503_after_the_timeout() {
    let clock = StoppedClock::start();
    let store = Store::default();
    let patience = Duration::from_secs(1);
    let keys = ApiKeys::new(store.clone())
        .cache_ttl(Duration::ZERO)
        .store_timeout(patience);
    let node = Node::start(keys).await;
    let key = node.create(NewApiKey::new("alice")).await;
    store.slow.store(true, Ordering::SeqCst);
    for key in [&key, &strange_key().await] {
        let finds = store.finds();
        let time = async {
            eventually("the store is queried", async || store.finds() > finds).await;
            clock.advance(patience).await;
        };
        let (answer, ()) = tokio::join!(node.present(key.reveal()), time);
        assert_unavailable(&answer);
    }
    store.slow.store(false, Ordering::SeqCst);
    assert_eq!(node.status(&key).await, 200);
}

#[tokio::test]
async fn an_api_key_in_use_is_accepted_during_a_short_outage() {
    let store = Store::default();
    let node = Node::start(ApiKeys::new(store.clone()).cache_ttl(Duration::from_secs(600))).await;
    let key = node.create(NewApiKey::new("alice")).await;
    assert_eq!(node.status(&key).await, 200);
    store.down.store(true, Ordering::SeqCst);
    assert_eq!(node.status(&key).await, 200);
}

#[tokio::test(start_paused = true)]
async fn api_key_look_ups_beyond_the_limit_are_an_outage() {
    let clock = StoppedClock::start();
    let store = Store::default();
    let patience = Duration::from_secs(1);
    let keys = ApiKeys::new(store.clone())
        .concurrent_lookups(2)
        .store_timeout(patience);
    let node = Node::start(keys).await;
    let key = node.create(NewApiKey::new("alice")).await;
    store.slow.store(true, Ordering::SeqCst);
    let (first, second) = (strange_key().await, strange_key().await);
    let third = async {
        eventually("both queries have begun", async || store.finds() == 2).await;
        // It is answered while no time passes.
        let third = node.present(key.reveal()).await;
        clock.advance(patience).await;
        third
    };
    let (first, second, third) = tokio::join!(
        node.present(first.reveal()),
        node.present(second.reveal()),
        third
    );
    for response in [first, second, third] {
        assert_unavailable(&response);
    }
    assert_eq!(store.finds(), 2);
    store.slow.store(false, Ordering::SeqCst);
    assert_eq!(node.status(&key).await, 200);
}
