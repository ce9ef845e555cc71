//! Row F5: repeated failures cause a wait.

use std::num::NonZeroU32;
use std::time::Duration;

use auth_runtime::authenticator::FailureLimit;
use auth_tests::clock::{StoppedClock, eventually};

use super::*;

const TWO: NonZeroU32 = NonZeroU32::new(2).unwrap();
const MANY: NonZeroU32 = NonZeroU32::new(1000).unwrap();
const HOUR: Duration = Duration::from_secs(3600);

/// A node behind a proxy that forwards the client's address.
async fn node(limit: FailureLimit) -> (Node, Store) {
    let store = Store::default();
    let keys = ApiKeys::new(store.clone()).failure_limit(limit);
    let auth = Auth::builder()
        .api_keys(keys.clone())
        .trusted_proxies(["127.0.0.1"]);
    let server = Server::start(routes().layer(build(auth).layer())).await;
    (Node { server, keys }, store)
}

fn from(address: &str, key: &str) -> Request {
    Request::get("/any")
        .header("X-API-Key", key)
        .header("X-Forwarded-For", address)
}

fn assert_has_to_wait(response: &Response) {
    assert_eq!(response.status, 429, "{response:?}");
    let names = ["cache-control", "content-type", "retry-after"];
    let mut found = response.header_names();
    found.sort();
    assert_eq!(found, names);
    let seconds: u64 = response.one("retry-after").unwrap().parse().unwrap();
    assert!((1..=3600).contains(&seconds), "{seconds}");
    let body = r#"{"type":"about:blank","title":"Too Many Requests","status":429}"#;
    assert_eq!(response.text(), body);
}

#[tokio::test]
async fn f5_an_address_with_too_many_invalid_api_keys_has_to_wait() {
    let limit = FailureLimit::default()
        .per_address(TWO, HOUR)
        .per_account(MANY, HOUR);
    let (node, store) = node(limit).await;
    let known = node.create(NewApiKey::new("alice")).await;
    assert_eq!(
        node.send(&from("203.0.113.1", known.reveal())).await.status,
        200
    );
    for _ in 0..2 {
        let guess = from("203.0.113.1", strange_key().await.reveal());
        assert_eq!(node.send(&guess).await.status, 401);
    }
    let asked = store.finds();
    let new = node.create(NewApiKey::new("bob")).await;
    for key in [&strange_key().await, &new] {
        assert_has_to_wait(&node.send(&from("203.0.113.1", key.reveal())).await);
    }
    assert_eq!(store.finds(), asked);
    // Not a client at the same address whose key is known, and no client elsewhere.
    assert_eq!(
        node.send(&from("203.0.113.1", known.reveal())).await.status,
        200
    );
    assert_eq!(
        node.send(&from("203.0.113.2", new.reveal())).await.status,
        200
    );
}

/// A client that disconnects before the store has answered counts like any other.
#[tokio::test(start_paused = true)]
async fn f5_an_address_that_abandons_api_key_requests_has_to_wait() {
    // So that no look-up is given up, which counts as no failure.
    let _clock = StoppedClock::start();
    let limit = FailureLimit::default().per_address(TWO, HOUR);
    let (node, store) = node(limit).await;
    store.slow.store(true, Ordering::SeqCst);
    for asked in 1..=2 {
        let mut connection = node.server.connect().await;
        let key = strange_key().await;
        let request = format!(
            "GET /any HTTP/1.1\r\nHost: test\r\nX-Forwarded-For: 203.0.113.1\r\nX-API-Key: {}\r\n\r\n",
            key.reveal()
        );
        connection.write(request.as_bytes()).await;
        while store.finds() < asked {
            tokio::task::yield_now().await;
        }
    }
    store.slow.store(false, Ordering::SeqCst);
    // Good keys are good until the server has noticed that they are gone.
    eventually("they are counted", async || {
        let key = node.create(NewApiKey::new("alice")).await;
        let response = node.send(&from("203.0.113.1", key.reveal())).await;
        if response.status != 200 {
            assert_has_to_wait(&response);
        }
        response.status != 200
    })
    .await;
}

#[tokio::test]
async fn f5_guesses_at_an_api_key_prefix_wait_and_the_key_owner_does_not() {
    let limit = FailureLimit::default()
        .per_address(MANY, HOUR)
        .per_account(TWO, HOUR);
    let (node, _) = node(limit).await;
    let holder = node.create(NewApiKey::new("alice")).await;
    let unknown = strange_key().await;
    // The same for a prefix that exists and one that doesn't.
    for guess in [&wrong_secret(&holder), unknown.reveal()] {
        for last in 1..=2 {
            let response = node.send(&from(&format!("203.0.113.{last}"), guess)).await;
            assert_eq!(response.status, 401);
        }
        assert_has_to_wait(&node.send(&from("203.0.113.9", guess)).await);
    }
    assert_eq!(
        node.send(&from("203.0.113.9", holder.reveal()))
            .await
            .status,
        200
    );
}
