//! Row B9: when an unknown `kid` may belong to a new key.

use super::*;

/// When a key that a token names now was first seen.
fn first_seen(keys: &RemoteKeys, id: &str) -> FirstSeen {
    keys.first_seen(WantedKey::Id(id))
}

/// The seconds until a fetch that could bring this key may begin; `None` if a later one did not bring it.
fn retry_after(keys: &RemoteKeys, id: &str) -> Option<u64> {
    let first_seen = first_seen(keys, id);
    let unavailable = keys.check_fetched_since(first_seen).err()?;
    Some(unavailable.retry_after.as_secs())
}

#[tokio::test(start_paused = true)]
async fn a_kid_first_seen_after_a_fetch_may_be_new_until_the_next_fetch() {
    let provider = Provider::with(&[&TestKey::new("a")]);
    let keys = provider.keys();
    keys.ready().await;
    assert_eq!(retry_after(&keys, "b"), Some(10));
    pass(4).await;
    keys.refresh().await.unwrap();
    assert_eq!(retry_after(&keys, "b"), Some(6));
    pass(6).await;
    keys.refresh().await.unwrap();
    assert_eq!(provider.request_count(), 2);
    assert_eq!(retry_after(&keys, "b"), None);
    assert_eq!(retry_after(&keys, "c"), Some(10));
}

#[tokio::test(start_paused = true)]
async fn a_fetch_started_before_a_kid_was_seen_does_not_prove_it_unknown() {
    let provider = Provider::with(&[&TestKey::new("a")]);
    let page = provider.0.pages.lock().unwrap()[KEYS].clone();
    let keys = provider.keys();
    keys.ready().await;
    pass(10).await;
    provider.put(KEYS, page.takes(2));
    let begun = keys.refresh();
    let meanwhile = async {
        pass(1).await;
        let first_seen = first_seen(&keys, "b");
        keys.refresh().await.unwrap();
        assert!(keys.check_fetched_since(first_seen).is_err());
    };
    let (outcome, ()) = futures_util::future::join(begun, meanwhile).await;
    outcome.unwrap();
    assert_eq!(provider.request_count(), 2);
    assert_eq!(retry_after(&keys, "b"), Some(10));
}

#[tokio::test(start_paused = true)]
async fn a_failed_fetch_does_not_prove_a_kid_unknown() {
    let provider = Provider::with(&[&TestKey::new("a")]);
    let keys = provider.keys();
    keys.ready().await;
    assert_eq!(retry_after(&keys, "b"), Some(10));
    provider.goes_down();
    pass(10).await;
    assert!(keys.refresh().await.is_err());
    assert_eq!(retry_after(&keys, "b"), Some(10));
    provider.publish(&[&TestKey::new("a")]);
    pass(10).await;
    keys.refresh().await.unwrap();
    assert_eq!(retry_after(&keys, "b"), None);
}

#[tokio::test(start_paused = true)]
async fn a_removed_key_is_not_treated_as_new() {
    let provider = Provider::with(&[&TestKey::new("a"), &TestKey::new("b")]);
    let keys = provider.keys();
    keys.ready().await;
    provider.publish(&[&TestKey::new("a")]);
    pass(10).await;
    keys.refresh().await.unwrap();
    assert_eq!(retry_after(&keys, "b"), None);
    assert_eq!(retry_after(&keys, "c"), Some(10));
}

/// Row B9: its tokens keep getting 401.
#[tokio::test(start_paused = true)]
async fn b9_made_up_kids_do_not_make_a_removed_key_look_new() {
    let (kept, gone) = (TestKey::new("a"), TestKey::new("b"));
    let provider = Provider::with(&[&kept, &gone]);
    let keys = provider.keys();
    keys.ready().await;
    provider.publish(&[&kept]);
    pass(10).await;
    keys.refresh().await.unwrap();
    for number in 0..5_000 {
        first_seen(&keys, &number.to_string());
    }
    assert_eq!(retry_after(&keys, "b"), None);
    assert_eq!(retry_after(&keys, "4999"), Some(10));
    // A key that comes back is accepted.
    provider.publish(&[&kept, &gone]);
    pass(10).await;
    keys.refresh().await.unwrap();
    assert!(gone.is_accepted(&keys));
}

/// More `kid`s than are remembered push the new one out. Then it counts as new again, and never as one
/// that a fetch did not bring.
#[tokio::test(start_paused = true)]
async fn a_flood_of_made_up_kids_does_not_cause_refusal_of_a_new_key() {
    let (old, new) = (TestKey::new("old"), TestKey::new("new"));
    let provider = Provider::with(&[&old]);
    let keys = provider.keys();
    keys.ready().await;
    for _ in 0..5 {
        let start = Instant::now();
        let waited_for = first_seen(&keys, "new");
        for number in 0..5_000 {
            first_seen(&keys, &number.to_string());
        }
        assert!(retry_after(&keys, "new").is_some());
        pass(10).await;
        keys.refresh().await.unwrap();
        // A request that waited for the fetch gets its result, although the `kid` was pushed out.
        assert!(keys.check_fetched_since(waited_for).is_ok());
        assert!(start.elapsed().as_secs() <= 11);
        for number in 5_000..10_000 {
            first_seen(&keys, &number.to_string());
        }
    }
    provider.publish(&[&old, &new]);
    pass(10).await;
    keys.refresh().await.unwrap();
    assert!(new.is_accepted(&keys));
}
