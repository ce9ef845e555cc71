//! Row B9: when a key that is unknown may still be a new one.

use super::*;

/// What is known of a key that a token asks for now.
fn first_seen(keys: &RemoteKeys, id: &str) -> FirstSeen {
    keys.first_seen(Wanted::Id(id))
}

/// In how many seconds a fetch may begin that brings it; `None` if one began that did not.
fn to_be_looked_for(keys: &RemoteKeys, id: &str) -> Option<u64> {
    let first_seen = first_seen(keys, id);
    let unavailable = keys.looked_for(first_seen).err()?;
    Some(unavailable.retry_after.as_secs())
}

#[tokio::test(start_paused = true)]
async fn a_key_that_is_asked_for_after_a_fetch_may_be_new_until_the_next_one() {
    let provider = Provider::with(&[&TestKey::new("a")]);
    let keys = provider.keys();
    keys.ready().await;
    assert_eq!(to_be_looked_for(&keys, "b"), Some(10));
    pass(4).await;
    keys.refresh().await.unwrap();
    assert_eq!(to_be_looked_for(&keys, "b"), Some(6));
    pass(6).await;
    keys.refresh().await.unwrap();
    assert_eq!(provider.asked(), 2);
    assert_eq!(to_be_looked_for(&keys, "b"), None);
    assert_eq!(to_be_looked_for(&keys, "c"), Some(10));
}

#[tokio::test(start_paused = true)]
async fn a_fetch_that_began_before_says_nothing_about_a_key() {
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
        assert!(keys.looked_for(first_seen).is_err());
    };
    let (outcome, ()) = futures_util::future::join(begun, meanwhile).await;
    outcome.unwrap();
    assert_eq!(provider.asked(), 2);
    assert_eq!(to_be_looked_for(&keys, "b"), Some(10));
}

#[tokio::test(start_paused = true)]
async fn a_fetch_that_failed_says_nothing_about_a_key() {
    let provider = Provider::with(&[&TestKey::new("a")]);
    let keys = provider.keys();
    keys.ready().await;
    assert_eq!(to_be_looked_for(&keys, "b"), Some(10));
    provider.goes_down();
    pass(10).await;
    assert!(keys.refresh().await.is_err());
    assert_eq!(to_be_looked_for(&keys, "b"), Some(10));
    provider.publish(&[&TestKey::new("a")]);
    pass(10).await;
    keys.refresh().await.unwrap();
    assert_eq!(to_be_looked_for(&keys, "b"), None);
}

#[tokio::test(start_paused = true)]
async fn a_key_that_a_fetch_took_away_is_not_a_new_one() {
    let provider = Provider::with(&[&TestKey::new("a"), &TestKey::new("b")]);
    let keys = provider.keys();
    keys.ready().await;
    provider.publish(&[&TestKey::new("a")]);
    pass(10).await;
    keys.refresh().await.unwrap();
    assert_eq!(to_be_looked_for(&keys, "b"), None);
    assert_eq!(to_be_looked_for(&keys, "c"), Some(10));
}

/// More names than are remembered push the new one out. Then it counts as new again, never as one
/// that a fetch did not bring.
#[tokio::test(start_paused = true)]
async fn a_flood_of_made_up_names_makes_no_new_key_a_wrong_one() {
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
        assert!(to_be_looked_for(&keys, "new").is_some());
        pass(10).await;
        keys.refresh().await.unwrap();
        // Who waited for the fetch knows, although the name was pushed out.
        assert!(keys.looked_for(waited_for).is_ok());
        assert!(start.elapsed().as_secs() <= 11);
        for number in 5_000..10_000 {
            first_seen(&keys, &number.to_string());
        }
    }
    provider.publish(&[&old, &new]);
    pass(10).await;
    keys.refresh().await.unwrap();
    assert!(new.is_good(&keys));
}
