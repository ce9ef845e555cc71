//! A revoked key is refused: at once on this node, and within the cache TTL on others.

use tokio::time::advance;

use super::*;
use crate::revocation::Revoked;

#[tokio::test(start_paused = true)]
async fn an_api_key_is_refused_as_soon_as_it_is_revoked() {
    let (node, _) = node();
    let (key, other) = (node.create().await, node.create().await);
    for key in [&key, &other] {
        assert!(node.lets_in(key).await);
    }
    assert!(node.keys.revoke(key.prefix()).await.unwrap());
    assert!(!node.lets_in(&key).await);
    assert!(node.lets_in(&other).await);
    assert!(!node.keys.revoke("ak_000000000000").await.unwrap());
}

#[tokio::test(start_paused = true)]
async fn a_revocation_through_a_clone_takes_effect_at_once() {
    let (node, _) = node();
    let key = node.create().await;
    assert!(node.lets_in(&key).await);
    let administration = node.keys.clone().cache_ttl(Duration::from_secs(60));
    administration.revoke(key.prefix()).await.unwrap();
    assert!(!node.lets_in(&key).await);
}

/// The answer was read before the key was revoked, and arrives afterwards.
#[tokio::test(start_paused = true)]
async fn a_look_up_from_before_a_revocation_does_not_count_after_it() {
    for known in [false, true] {
        let (node, store) = node();
        let key = node.create().await;
        if known {
            assert!(node.lets_in(&key).await);
            advance(Duration::from_secs(10)).await;
        }
        store.hold();
        let asking = (node.clone(), key.reveal().to_owned());
        let request = tokio::spawn(async move { asking.0.present(&asking.1).await.is_ok() });
        store.until_held(1).await;
        node.keys.revoke(key.prefix()).await.unwrap();
        store.release();
        assert!(!request.await.unwrap(), "{known}");
        assert!(!node.lets_in(&key).await, "{known}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_revocation_takes_effect_even_if_the_store_answer_is_lost() {
    let (node, store) = node();
    let key = node.create().await;
    assert!(node.lets_in(&key).await);
    store.fail(true);
    assert!(node.keys.revoke(key.prefix()).await.is_err());
    store.fail(false);
    assert!(!node.lets_in(&key).await);
}

#[tokio::test(start_paused = true)]
async fn a_revocation_takes_effect_even_if_its_future_is_dropped() {
    let (node, store) = node();
    let key = node.create().await;
    assert!(node.lets_in(&key).await);
    store.delay_revocations();
    let revoking = (node.clone(), key.prefix().to_owned());
    let begun = tokio::spawn(async move { revoking.0.keys.revoke(&revoking.1).await.is_ok() });
    store.until_held(1).await;
    begun.abort();
    assert!(begun.await.is_err());
    // Not yet: in the store the key is still valid, and it is cached.
    assert!(node.lets_in(&key).await && node.lets_in(&key).await);
    assert_eq!(store.finds(), 2);
    store.release();
    while store
        .keys
        .find(&key.digest())
        .await
        .unwrap()
        .unwrap()
        .revoked_at
        .is_none()
    {
        tokio::task::yield_now().await;
    }
    tokio::task::yield_now().await;
    assert!(!node.lets_in(&key).await);
}

#[tokio::test(start_paused = true)]
async fn an_abandoned_revocation_makes_the_next_request_look_up_the_api_key() {
    let (node, store) = node();
    let key = node.create().await;
    assert!(node.lets_in(&key).await);
    drop(node.keys.revoke(key.prefix()));
    assert!(node.lets_in(&key).await);
    assert_eq!(
        store.finds(),
        1,
        "a revocation that was never polled has no effect"
    );
    // This one has begun and waits for the store.
    store.hold_revocations();
    let revoking = (node.clone(), key.prefix().to_owned());
    let begun = tokio::spawn(async move { revoking.0.keys.revoke(&revoking.1).await.is_ok() });
    tokio::task::yield_now().await;
    begun.abort();
    assert!(begun.await.is_err());
    assert!(!node.lets_in(&key).await);
    assert_eq!(store.finds(), 2);
}

#[tokio::test(start_paused = true)]
async fn another_node_refuses_a_revoked_api_key_within_the_cache_ttl() {
    let (node, store) = node();
    let elsewhere = Node::new(ApiKeys::new(store.clone()));
    let key = node.create().await;
    assert!(elsewhere.lets_in(&key).await);
    advance(Duration::from_secs(4)).await;
    assert!(node.keys.revoke(key.prefix()).await.unwrap());
    advance(Duration::from_millis(5_999)).await;
    assert!(elsewhere.lets_in(&key).await);
    advance(Duration::from_millis(1)).await;
    assert!(!elsewhere.lets_in(&key).await);
}

#[tokio::test(start_paused = true)]
async fn the_cache_ttl_of_an_api_key_counts_from_the_start_of_the_look_up() {
    let (node, store) = node();
    let key = node.create().await;
    store.hold();
    let asking = (node.clone(), key.reveal().to_owned());
    let request = tokio::spawn(async move { asking.0.present(&asking.1).await.is_ok() });
    store.until_held(1).await;
    store.revoke(key.prefix(), UNIX_EPOCH).await.unwrap();
    advance(Duration::from_millis(1_900)).await;
    store.release();
    assert!(request.await.unwrap());
    advance(Duration::from_millis(8_099)).await;
    assert!(node.lets_in(&key).await);
    advance(Duration::from_millis(1)).await;
    assert!(!node.lets_in(&key).await);
}

#[tokio::test(start_paused = true)]
async fn an_api_key_revoked_by_a_clock_that_is_ahead_is_refused() {
    let (node, store) = node();
    let key = node.create().await;
    let ahead = node.clock.now() + Duration::from_secs(3600);
    store.revoke(key.prefix(), ahead).await.unwrap();
    assert!(!node.lets_in(&key).await);
}

#[tokio::test(start_paused = true)]
async fn after_a_rotation_both_api_keys_are_accepted_during_the_overlap() {
    let (node, store) = node();
    let elsewhere = Node {
        keys: ApiKeys::new(store),
        clock: node.clock.clone(),
    };
    let old = node.create().await;
    assert!(node.lets_in(&old).await && elsewhere.lets_in(&old).await);
    let overlap = Duration::from_secs(600);
    let (_, new) = node.keys.rotate(old.prefix(), overlap).await.unwrap();
    node.clock.forward(590);
    assert!(node.lets_in(&old).await && node.lets_in(&new).await);
    node.clock.forward(11);
    assert!(!node.lets_in(&old).await && node.lets_in(&new).await);
    // The other node has cached it without the new expiry, for ten seconds at most.
    advance(Duration::from_secs(10)).await;
    assert!(!elsewhere.lets_in(&old).await && elsewhere.lets_in(&new).await);
}

#[tokio::test(start_paused = true)]
async fn a_rotation_without_an_overlap_ends_the_old_api_key_at_once() {
    let (node, _) = node();
    let old = node.create().await;
    assert!(node.lets_in(&old).await);
    let (_, new) = node
        .keys
        .rotate(old.prefix(), Duration::ZERO)
        .await
        .unwrap();
    node.clock.forward(1);
    assert!(!node.lets_in(&old).await);
    assert!(node.lets_in(&new).await);
}

/// As `Auth::revoke` does.
async fn revoke(node: &Node, revoked: Revoked) -> Result<bool, BoxError> {
    Authenticator::revoke(&node.keys, &revoked).await
}

const ISSUER: &str = "api_key";
const SECOND: Duration = Duration::from_secs(1);

impl Node {
    async fn create_for(&self, owner: &str) -> (ApiKeyRecord, ApiKey) {
        self.keys.create(NewApiKey::new(owner)).await.unwrap()
    }
}

#[tokio::test(start_paused = true)]
async fn an_api_key_that_is_revoked_by_its_prefix_is_refused_at_once() {
    let (node, _) = node();
    let (key, other) = (node.create().await, node.create().await);
    assert!(node.lets_in(&key).await && node.lets_in(&other).await);
    // When the list forgets the revocation does not matter.
    let revoked = Revoked::token(ISSUER, key.prefix(), UNIX_EPOCH);
    assert!(revoke(&node, revoked).await.unwrap());
    assert!(!node.lets_in(&key).await);
    assert!(node.lets_in(&other).await);
    let unknown = Revoked::token(ISSUER, "ak_000000000000", UNIX_EPOCH);
    assert!(revoke(&node, unknown).await.unwrap());
}

#[tokio::test(start_paused = true)]
async fn the_api_keys_of_an_owner_are_revoked_up_to_the_second_of_their_creation() {
    let (node, store) = node();
    let (old, key) = node.create_for("alice").await;
    let (_, of_bob) = node.create_for("bob").await;
    assert!(node.lets_in(&key).await && node.lets_in(&of_bob).await);

    let earlier = Revoked::subject(ISSUER, "alice", old.created_at - SECOND);
    assert!(revoke(&node, earlier).await.unwrap());
    assert!(node.lets_in(&key).await, "there is no leeway");

    let then = Revoked::subject(ISSUER, "alice", old.created_at);
    assert!(revoke(&node, then.clone()).await.unwrap());
    assert!(!node.lets_in(&key).await);
    assert!(node.lets_in(&of_bob).await);

    let newer = ApiKey::generate("ak").unwrap();
    let created = old.created_at + SECOND;
    let record = ApiKeyRecord::new(newer.prefix(), newer.digest(), "alice", created);
    store.insert(&record).await.unwrap();
    assert!(revoke(&node, then).await.unwrap());
    assert!(node.lets_in(&newer).await);
}

#[tokio::test(start_paused = true)]
async fn all_api_keys_are_revoked_with_their_issuer() {
    let (node, _) = node();
    let (_, key) = node.create_for("alice").await;
    let (last, of_bob) = node.create_for("bob").await;
    let revoked = Revoked::issuer(ISSUER, last.created_at);
    assert!(revoke(&node, revoked).await.unwrap());
    assert!(!node.lets_in(&key).await && !node.lets_in(&of_bob).await);
}

#[tokio::test(start_paused = true)]
async fn api_keys_are_revoked_under_their_own_issuer_only() {
    let store = Store::default();
    let node = Node::new(ApiKeys::new(store).issuer("https://shop.example"));
    let (record, key) = node.create_for("alice").await;
    let all_by = |issuer: &str| {
        [
            Revoked::token(issuer, key.prefix(), UNIX_EPOCH),
            Revoked::subject(issuer, "alice", record.created_at),
            Revoked::issuer(issuer, record.created_at),
        ]
    };
    for revoked in all_by(ISSUER) {
        assert!(!revoke(&node, revoked).await.unwrap());
    }
    // A key belongs to no session.
    let session = Revoked::session("https://shop.example", "alice");
    assert!(!revoke(&node, session).await.unwrap());
    assert!(node.lets_in(&key).await);
    let [by_prefix, ..] = all_by("https://shop.example");
    assert!(revoke(&node, by_prefix).await.unwrap());
    assert!(!node.lets_in(&key).await);
}

#[tokio::test(start_paused = true)]
async fn the_other_api_keys_of_an_owner_are_revoked_if_one_cannot_be() {
    for locked in 0..3 {
        let (node, store) = node();
        let mut keys = Vec::new();
        for _ in 0..3 {
            keys.push(node.create_for("alice").await);
        }
        let (record, key) = keys.swap_remove(locked);
        *store.control.unrevocable.lock().unwrap() = Some(record.prefix.clone());
        let all = Revoked::subject(ISSUER, "alice", record.created_at + SECOND);
        assert!(revoke(&node, all).await.is_err());
        assert!(node.lets_in(&key).await);
        for (_, other) in &keys {
            assert!(!node.lets_in(other).await);
        }
    }
}

/// The successor is created in a second that the revocation covers, after the keys were listed.
#[tokio::test(start_paused = true)]
async fn a_rotation_during_a_revocation_leaves_no_valid_api_key() {
    let (node, store) = node();
    let (old, key) = node.create_for("alice").await;
    store.delay_revocations();
    let all = Revoked::subject(ISSUER, "alice", old.created_at + Duration::from_secs(60));
    let revoking = node.clone();
    let begun = tokio::spawn(async move { revoke(&revoking, all).await });
    store.until_held(1).await;
    let rotated = node
        .keys
        .rotate(&old.prefix, Duration::from_secs(600))
        .await;
    let (_, successor) = rotated.unwrap();
    store.release();
    store.until_held(1).await;
    store.release();
    assert!(begun.await.unwrap().unwrap());
    assert!(!node.lets_in(&key).await && !node.lets_in(&successor).await);
}

#[tokio::test(start_paused = true)]
async fn an_api_key_that_another_node_has_revoked_is_refused_at_once_if_its_owner_is_revoked() {
    let (node, store) = node();
    let (record, key) = node.create_for("alice").await;
    assert!(node.lets_in(&key).await);
    store
        .revoke(&record.prefix, record.created_at)
        .await
        .unwrap();
    assert!(node.lets_in(&key).await, "it is cached");
    let all = Revoked::subject(ISSUER, "alice", record.created_at);
    assert!(revoke(&node, all).await.unwrap());
    assert!(!node.lets_in(&key).await);
}
