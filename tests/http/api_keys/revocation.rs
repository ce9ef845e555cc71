//! Revocation and rotation, on the same node and on others.

use std::sync::atomic::AtomicU64;
use std::time::{Duration, SystemTime};

use auth_tests::clock::StoppedClock;

use super::*;

#[tokio::test(start_paused = true)]
async fn a_revoked_api_key_is_refused_at_once_on_its_node_and_on_others_within_the_cache_ttl() {
    let clock = StoppedClock::start();
    let bound = Duration::from_millis(500);
    let store = MemoryApiKeys::new();
    let here = Node::start(ApiKeys::new(store.clone()).cache_ttl(Duration::from_secs(600))).await;
    let elsewhere = Node::start(ApiKeys::new(store).cache_ttl(bound)).await;
    let (key, other) = (
        here.create(NewApiKey::new("alice")).await,
        here.create(NewApiKey::new("alice")).await,
    );
    for node in [&here, &elsewhere] {
        assert_eq!(
            (node.status(&key).await, node.status(&other).await),
            (200, 200)
        );
    }
    assert!(here.keys.revoke(key.prefix()).await.unwrap());
    assert_eq!(here.status(&key).await, 401);
    let almost = Duration::from_millis(499);
    clock.advance(almost).await;
    assert_eq!(elsewhere.status(&key).await, 200);
    clock.advance(Duration::from_millis(1)).await;
    assert_eq!(elsewhere.status(&key).await, 401);
    for node in [&here, &elsewhere] {
        assert_eq!(
            (node.status(&key).await, node.status(&other).await),
            (401, 200)
        );
    }
}

#[tokio::test]
async fn both_api_keys_are_accepted_over_http_during_a_rotation() {
    let moved = Arc::new(AtomicU64::new(0));
    let ahead = Arc::clone(&moved);
    let clock = move || SystemTime::now() + Duration::from_secs(ahead.load(Ordering::SeqCst));
    let keys = ApiKeys::new(MemoryApiKeys::new());
    let auth = build(Auth::builder().api_keys(keys.clone()).clock(clock));
    let server = Server::start(routes().layer(auth.layer())).await;
    let node = Node { server, keys };

    let old = node.create(NewApiKey::new("alice").scopes(["read"])).await;
    let reads = async |key: &ApiKey| {
        let request = Request::get("/read").header("X-API-Key", key.reveal());
        node.send(&request).await.status
    };
    assert_eq!(reads(&old).await, 200);
    let overlap = Duration::from_secs(3600);
    let (_, new) = node.keys.rotate(old.prefix(), overlap).await.unwrap();
    assert_eq!((reads(&old).await, reads(&new).await), (200, 200));
    moved.store(3500, Ordering::SeqCst);
    assert_eq!((reads(&old).await, reads(&new).await), (200, 200));
    moved.store(3601, Ordering::SeqCst);
    assert_eq!((reads(&old).await, reads(&new).await), (401, 200));
}
