//! Which keys are accepted, and how often the store is queried.

use futures_util::future::join_all;
use serde_json::{Value, json};
use tokio::time::advance;

use super::*;
use crate::scheme::Scheme;

#[tokio::test(start_paused = true)]
async fn a_valid_api_key_authenticates_its_owner() {
    let (node, _) = node();
    let new = NewApiKey::new("alice")
        .scopes(["orders:read", "orders:write"])
        .roles(["machine"])
        .expires_in(Duration::from_secs(3600));
    let (record, key) = node.keys.create(new).await.unwrap();
    let identity = node.present(key.reveal()).await.unwrap();
    assert_eq!(identity.subject(), "alice");
    assert_eq!(identity.issuer(), "api_key");
    assert_eq!(identity.scheme(), Scheme::API_KEY);
    assert_eq!(identity.scopes().to_string(), "orders:read orders:write");
    assert!(identity.roles().eq(["machine"]));
    assert_eq!(identity.expires_at(), record.expires_at);
    let claims: Value = identity.claims().unwrap();
    assert_eq!(claims, json!({ "api_key": record.prefix }));
    assert_eq!(key.prefix(), record.prefix);
}

#[tokio::test(start_paused = true)]
async fn all_invalid_api_keys_are_refused_alike() {
    let (node, store) = node();
    let revoked = node.create().await;
    node.keys.revoke(revoked.prefix()).await.unwrap();
    let mut expired = ApiKeyRecord::new("ak_x", revoked.digest(), "alice", UNIX_EPOCH);
    let other = ApiKey::generate("ak").unwrap();
    expired.prefix = other.prefix().to_owned();
    expired.digest = other.digest();
    expired.expires_at = Some(node.clock.now());
    store.insert(&expired).await.unwrap();
    let unknown = ApiKey::generate("ak").unwrap();
    for key in [
        revoked.reveal(),
        other.reveal(),
        unknown.reveal(),
        &wrong_secret(&unknown),
        &wrong_secret(&node.create().await),
        "ak_",
        "x",
        &"a".repeat(10_000),
    ] {
        let error = node.present(key).await.unwrap_err();
        assert!(matches!(error, AuthenticationError::Credentials), "{key}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_malformed_api_key_is_not_looked_up() {
    let (node, store) = node();
    let key = node.create().await;
    let mut typo = key.reveal().to_owned();
    typo.replace_range(20..21, if &typo[20..21] == "a" { "b" } else { "a" });
    for text in [typo.as_str(), key.prefix(), "", &key.reveal()[1..]] {
        if !text.is_empty() {
            assert!(node.present(text).await.is_err());
        }
    }
    assert_eq!(store.finds(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_valid_api_key_is_looked_up_once_in_ten_seconds() {
    let (node, store) = node();
    let key = node.create().await;
    for _ in 0..3 {
        assert!(node.lets_in(&key).await);
    }
    advance(Duration::from_millis(9_999)).await;
    assert!(node.lets_in(&key).await);
    assert_eq!(store.finds(), 1);
    advance(Duration::from_millis(1)).await;
    assert!(node.lets_in(&key).await);
    assert_eq!(store.finds(), 2);
}

/// The wall clock may be changed; the age of cached keys is measured by the monotonic clock.
#[tokio::test(start_paused = true)]
async fn a_clock_set_back_does_not_extend_the_cache_of_api_keys() {
    let (node, store) = node();
    let key = node.create().await;
    assert!(node.lets_in(&key).await);
    node.clock.0.fetch_sub(3600, Ordering::SeqCst);
    advance(Duration::from_secs(10)).await;
    assert!(node.lets_in(&key).await);
    assert_eq!(store.finds(), 2);
}

#[tokio::test(start_paused = true)]
async fn without_a_cache_every_request_looks_up_its_api_key() {
    let store = Store::default();
    let node = Node::new(ApiKeys::new(store.clone()).cache_ttl(Duration::ZERO));
    let key = node.create().await;
    for finds in 1..4 {
        assert!(node.lets_in(&key).await);
        assert_eq!(store.finds(), finds);
    }
}

#[tokio::test(start_paused = true)]
async fn invalid_api_keys_are_not_cached() {
    let (node, store) = node();
    let unknown = ApiKey::generate("ak").unwrap();
    for finds in 1..4 {
        assert!(!node.lets_in(&unknown).await);
        assert_eq!(store.finds(), finds);
    }
    // Another node has created it in the meantime.
    let record = ApiKeyRecord::new(unknown.prefix(), unknown.digest(), "alice", UNIX_EPOCH);
    store.insert(&record).await.unwrap();
    assert!(node.lets_in(&unknown).await);
}

#[tokio::test(start_paused = true)]
async fn a_cached_api_key_expires_to_the_second() {
    let (node, store) = node();
    let new = NewApiKey::new("alice").expires_in(Duration::from_secs(3600));
    let (record, key) = node.keys.create(new).await.unwrap();
    let left = record.expires_at.unwrap().duration_since(node.clock.now());
    assert!(node.lets_in(&key).await);
    node.clock.forward(left.unwrap().as_secs() - 1);
    assert!(node.lets_in(&key).await);
    node.clock.forward(1);
    assert!(!node.lets_in(&key).await);
    assert_eq!(store.finds(), 1);
}

#[tokio::test(start_paused = true)]
async fn concurrent_requests_with_one_api_key_share_one_look_up() {
    let (node, store) = node();
    let key = node.create().await;
    assert!(node.lets_in(&key).await);
    advance(Duration::from_secs(10)).await;
    let all = join_all((0..100).map(|_| node.lets_in(&key))).await;
    assert!(all.iter().all(|let_in| *let_in));
    assert_eq!(store.finds(), 2);
}

#[tokio::test(start_paused = true)]
async fn if_the_first_request_is_cancelled_a_waiting_one_looks_up_the_api_key() {
    let (node, store) = node();
    let key = node.create().await;
    assert!(node.lets_in(&key).await);
    advance(Duration::from_secs(10)).await;
    store.hold();
    let text = key.reveal().to_owned();
    let asking = (node.clone(), text.clone());
    let first = tokio::spawn(async move { asking.0.present(&asking.1).await.is_ok() });
    store.until_held(1).await;
    let waiting = (node.clone(), text);
    let second = tokio::spawn(async move { waiting.0.present(&waiting.1).await.is_ok() });
    tokio::task::yield_now().await;
    assert_eq!(store.finds(), 2);
    first.abort();
    store.until_held(2).await;
    store.release();
    assert!(second.await.unwrap());
}

#[tokio::test(start_paused = true)]
async fn clones_of_api_keys_share_the_cache_and_no_settings() {
    let (node, store) = node();
    let other = Node::new(node.keys.clone().issuer("https://issuer.example"));
    let key = node.create().await;
    for _ in 0..2 {
        let identity = node.present(key.reveal()).await.unwrap();
        assert_eq!(identity.issuer(), "api_key");
        let identity = other.present(key.reveal()).await.unwrap();
        assert_eq!(identity.issuer(), "https://issuer.example");
    }
    assert_eq!(store.finds(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_store_that_returns_a_different_api_key_authenticates_no_caller() {
    let (node, store) = node();
    let key = node.create().await;
    let other = node.create().await;
    store.lie(ApiKeyRecord::new(
        key.prefix(),
        other.digest(),
        "alice",
        UNIX_EPOCH,
    ));
    assert!(!node.lets_in(&key).await);
    // With a prefix by which it could not be revoked.
    store.lie(ApiKeyRecord::new(
        other.prefix(),
        key.digest(),
        "alice",
        UNIX_EPOCH,
    ));
    let error = node.present(key.reveal()).await.unwrap_err();
    assert!(
        matches!(error, AuthenticationError::Failed { .. }),
        "{error:?}"
    );
    assert!(!format!("{error:?}").contains(key.reveal()));
}
