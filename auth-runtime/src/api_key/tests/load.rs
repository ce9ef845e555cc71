//! Floods, outages and guessed keys.

use std::num::NonZeroU32;

use futures_util::future::join_all;
use tokio::time::{Instant, advance};

use super::*;
use crate::limit::FailureLimit;

fn unavailable(result: Result<Identity, AuthenticationError>) -> Option<String> {
    match result {
        Err(AuthenticationError::Unavailable { source, .. }) => Some(source.to_string()),
        _ => None,
    }
}

fn address(last: u8) -> IpAddr {
    IpAddr::from([203, 0, 113, last])
}

/// Two failures for an address, three for a prefix.
fn limited() -> (Node, Store) {
    const TWO: NonZeroU32 = NonZeroU32::new(2).unwrap();
    const THREE: NonZeroU32 = NonZeroU32::new(3).unwrap();
    let minute = Duration::from_secs(60);
    let limit = FailureLimit::default()
        .per_address(TWO, minute)
        .per_account(THREE, minute);
    let store = Store::default();
    let keys = ApiKeys::new(store.clone()).failure_limit(limit);
    (Node::new(keys), store)
}

fn has_to_wait(result: &Result<Identity, AuthenticationError>) -> bool {
    matches!(result, Err(AuthenticationError::TooManyAttempts { retry_after }) if !retry_after.is_zero())
}

#[tokio::test(start_paused = true)]
async fn a_flood_of_unknown_api_keys_evicts_no_cached_key() {
    let (node, store) = node();
    let mut keys = Vec::new();
    for _ in 0..1000 {
        keys.push(node.create().await);
    }
    for key in &keys {
        assert!(node.lets_in(key).await);
    }
    assert_eq!(store.finds(), 1000);
    for _ in 0..30_000 {
        let unknown = ApiKey::generate("ak").unwrap();
        assert!(!node.lets_in(&unknown).await);
    }
    assert_eq!(store.finds(), 31_000);
    for key in &keys {
        assert!(node.lets_in(key).await);
    }
    assert_eq!(store.finds(), 31_000);
}

#[tokio::test(start_paused = true)]
async fn the_cache_of_api_keys_is_bounded() {
    let store = Store::default();
    let node = Node::new(ApiKeys::new(store.clone()).cache_entries(100));
    for _ in 0..1000 {
        let key = node.create().await;
        assert!(node.lets_in(&key).await);
    }
    let debug = format!("{:?}", node.keys);
    let (_, entries) = debug.split_once("entries: ").unwrap();
    let entries: usize = entries.split(',').next().unwrap().parse().unwrap();
    assert!((1..=128).contains(&entries), "{entries}");
}

#[tokio::test(start_paused = true)]
async fn a_failing_api_key_store_is_an_outage_and_not_a_refusal() {
    let (node, store) = node();
    let (known, new) = (node.create().await, node.create().await);
    assert!(node.lets_in(&known).await);
    store.fail(true);
    // The cached key is still accepted.
    assert!(node.lets_in(&known).await);
    for key in [&new, &ApiKey::generate("ak").unwrap()] {
        let said = unavailable(node.present(key.reveal()).await);
        assert_eq!(said.as_deref(), Some("the disk is full"));
    }
    advance(Duration::from_secs(10)).await;
    let said = unavailable(node.present(known.reveal()).await);
    assert_eq!(said.as_deref(), Some("the disk is full"));
    store.fail(false);
    assert!(node.lets_in(&known).await && node.lets_in(&new).await);
}

#[tokio::test(start_paused = true)]
async fn an_api_key_store_that_does_not_answer_is_an_outage() {
    let (node, store) = node();
    let key = node.create().await;
    store.hold();
    let begun = Instant::now();
    let said = unavailable(node.present(key.reveal()).await);
    assert_eq!(begun.elapsed(), Duration::from_secs(2));
    let expected = "the store of API keys did not answer within 2s";
    assert_eq!(said.as_deref(), Some(expected));
    assert_eq!(node.keys.settings.lookups.unknown.taken(), 0);
}

/// This includes requests that wait for another request's look-up.
#[tokio::test(start_paused = true)]
async fn no_request_waits_for_a_look_up_longer_than_the_timeout() {
    let (node, store) = node();
    let key = node.create().await;
    assert!(node.lets_in(&key).await);
    advance(Duration::from_secs(10)).await;
    store.hold();
    let begun = Instant::now();
    let all = join_all((0..50).map(|_| node.present(key.reveal()))).await;
    assert_eq!(begun.elapsed(), Duration::from_secs(2));
    assert!(all.into_iter().all(|result| unavailable(result).is_some()));
}

#[tokio::test(start_paused = true)]
async fn concurrent_api_key_look_ups_are_limited() {
    let store = Store::default();
    let node = Node::new(ApiKeys::new(store.clone()).concurrent_lookups(3));
    let mut keys = Vec::new();
    for _ in 0..5 {
        keys.push(node.create().await);
    }
    store.hold();
    let mut under_way = Vec::new();
    for key in &keys[..3] {
        let asking = (node.clone(), key.reveal().to_owned());
        under_way.push(tokio::spawn(async move {
            asking.0.present(&asking.1).await.is_ok()
        }));
    }
    store.until_held(3).await;
    for key in &keys[3..] {
        let said = unavailable(node.present(key.reveal()).await);
        assert_eq!(
            said.as_deref(),
            Some("too many concurrent look-ups of API keys")
        );
    }
    assert_eq!(store.finds(), 3);
    store.release();
    for request in under_way {
        assert!(request.await.unwrap());
    }
    for key in &keys {
        assert!(node.lets_in(key).await);
    }
}

#[tokio::test(start_paused = true)]
async fn a_flood_of_unknown_api_keys_leaves_permits_for_keys_in_use() {
    let store = Store::default();
    let node = Node::new(ApiKeys::new(store.clone()).concurrent_lookups(3));
    let key = node.create().await;
    assert!(node.lets_in(&key).await);
    advance(Duration::from_secs(10)).await;
    store.hold();
    let mut under_way = Vec::new();
    for text in (0..3).map(|_| ApiKey::generate("ak").unwrap()) {
        let asking = (node.clone(), text.reveal().to_owned());
        under_way.push(tokio::spawn(async move {
            asking.0.present(&asking.1).await.is_ok()
        }));
    }
    store.until_held(3).await;
    // All permits for unknown keys are taken, but a known key is looked up.
    let unknown = ApiKey::generate("ak").unwrap();
    assert!(unavailable(node.present(unknown.reveal()).await).is_some());
    let asking = (node.clone(), key.reveal().to_owned());
    let known = tokio::spawn(async move { asking.0.present(&asking.1).await.is_ok() });
    store.until_held(4).await;
    store.release();
    assert!(known.await.unwrap());
    for request in under_way {
        assert!(!request.await.unwrap());
    }
}

/// Presents a key and disconnects before the store has answered.
async fn abandon(node: &Node, store: &Store, text: &str, from: IpAddr) {
    store.hold();
    let asking = (node.clone(), text.to_owned());
    let request = tokio::spawn(async move { asking.0.present_from(&asking.1, from).await.is_ok() });
    store.until_held(1).await;
    request.abort();
    assert!(request.await.is_err());
    store.forget_held();
}

#[tokio::test(start_paused = true)]
async fn f5_a_client_that_abandons_an_api_key_look_up_counts_as_failed() {
    let (node, store) = limited();
    for _ in 0..2 {
        let unknown = ApiKey::generate("ak").unwrap();
        abandon(&node, &store, unknown.reveal(), address(1)).await;
    }
    let unknown = ApiKey::generate("ak").unwrap();
    let result = node.present_from(unknown.reveal(), address(1)).await;
    assert!(has_to_wait(&result), "{result:?}");
    let result = node.present_from(unknown.reveal(), address(2)).await;
    assert!(
        matches!(result, Err(AuthenticationError::Credentials)),
        "{result:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_client_that_disconnects_with_a_known_good_api_key_has_not_failed() {
    let (node, store) = limited();
    let key = node.create().await;
    assert!(node.present_from(key.reveal(), address(1)).await.is_ok());
    for _ in 0..3 {
        advance(Duration::from_secs(10)).await;
        abandon(&node, &store, key.reveal(), address(1)).await;
    }
    let unknown = ApiKey::generate("ak").unwrap();
    let result = node.present_from(unknown.reveal(), address(1)).await;
    assert!(
        matches!(result, Err(AuthenticationError::Credentials)),
        "{result:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn without_a_failure_limit_invalid_api_keys_cause_no_wait() {
    let (node, _) = node();
    let node = Node::new(node.keys.failure_limit(None));
    let unknown = ApiKey::generate("ak").unwrap();
    for _ in 0..200 {
        let result = node.present_from(unknown.reveal(), address(1)).await;
        assert!(
            matches!(result, Err(AuthenticationError::Credentials)),
            "{result:?}"
        );
    }
}

/// Two kinds share one limit, and unknown keys do not block a user.
#[tokio::test(start_paused = true)]
async fn failures_of_an_api_key_prefix_do_not_count_for_an_account() {
    let limit = FailureLimit::default();
    let (node, _) = node();
    let node = Node::new(node.keys.failure_limit(limit.clone()));
    let unknown = ApiKey::generate("ak").unwrap();
    for _ in 0..20 {
        assert!(node.present(unknown.reveal()).await.is_err());
    }
    assert!(has_to_wait(&node.present(unknown.reveal()).await));
    assert_eq!(limit.check(None, unknown.prefix().as_bytes()), Ok(()));
}

#[tokio::test(start_paused = true)]
async fn f5_an_address_with_too_many_failures_gets_no_api_key_look_up() {
    let (node, store) = limited();
    let unknown = || ApiKey::generate("ak").unwrap();
    for _ in 0..2 {
        let result = node.present_from(unknown().reveal(), address(1)).await;
        assert!(matches!(result, Err(AuthenticationError::Credentials)));
    }
    let key = node.create().await;
    for text in [unknown().reveal(), key.reveal()] {
        let result = node.present_from(text, address(1)).await;
        assert!(has_to_wait(&result), "{result:?}");
    }
    assert_eq!(store.finds(), 2);
    assert!(node.present_from(key.reveal(), address(2)).await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn a_known_good_api_key_works_from_a_limited_address() {
    let (node, _) = limited();
    let key = node.create().await;
    assert!(node.present_from(key.reveal(), address(1)).await.is_ok());
    for _ in 0..3 {
        let unknown = ApiKey::generate("ak").unwrap();
        let result = node.present_from(unknown.reveal(), address(1)).await;
        assert!(result.is_err());
    }
    assert!(node.present_from(key.reveal(), address(1)).await.is_ok());
    // Even if the key has to be looked up again.
    advance(Duration::from_secs(10)).await;
    assert!(node.present_from(key.reveal(), address(1)).await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn f5_too_many_failures_with_one_api_key_prefix_cause_a_wait() {
    let (node, _) = limited();
    let key = node.create().await;
    let wrong = wrong_secret(&key);
    for last in 1..=3 {
        let result = node.present_from(&wrong, address(last)).await;
        assert!(
            matches!(result, Err(AuthenticationError::Credentials)),
            "{result:?}"
        );
    }
    for last in 4..10 {
        let result = node.present_from(&wrong, address(last)).await;
        assert!(has_to_wait(&result), "{result:?}");
    }
    // The prefix is public: others must not be able to lock out the owner of the key.
    assert!(node.present_from(key.reveal(), address(20)).await.is_ok());
    // A prefix that does not exist gets the same answer.
    let unknown = ApiKey::generate("ak").unwrap();
    for last in 21..=23 {
        let result = node.present_from(unknown.reveal(), address(last)).await;
        assert!(
            matches!(result, Err(AuthenticationError::Credentials)),
            "{result:?}"
        );
    }
    let result = node.present_from(unknown.reveal(), address(24)).await;
    assert!(has_to_wait(&result), "{result:?}");
}

#[tokio::test(start_paused = true)]
async fn an_outage_or_a_malformed_api_key_does_not_count_as_a_failure() {
    let (node, store) = limited();
    let key = node.create().await;
    store.fail(true);
    for _ in 0..10 {
        let result = node.present_from(key.reveal(), address(1)).await;
        assert!(unavailable(result).is_some());
    }
    store.fail(false);
    for _ in 0..10 {
        let result = node.present_from("ak_x", address(1)).await;
        assert!(matches!(result, Err(AuthenticationError::Credentials)));
    }
    assert!(node.present_from(key.reveal(), address(1)).await.is_ok());
}
