//! Row B8 if a new key may reuse the `kid` of an old one.

use futures_util::future::join;

use super::*;

const HOUR: Duration = Duration::from_secs(3600);
const COOL_DOWN: u64 = 5 * 60;

/// Settings that fetch keys on demand only: the next regular fetch is due after the test.
fn on_demand() -> KeyRefresh {
    KeyRefresh::new()
        .interval(HOUR)
        .min_interval(HOUR)
        .max_interval(HOUR)
}

#[tokio::test(start_paused = true)]
async fn a_new_key_under_a_known_kid_is_fetched() {
    let (old, new) = (TestKey::new("a"), TestKey::new("a"));
    let provider = Provider::with(&[&old]);
    let keys = provider.keys_with(on_demand());
    keys.ready().await;
    provider.publish(&[&new]);
    assert_eq!(
        new.verify_with(&keys),
        Some(Err(SignatureError::BadSignature))
    );

    assert!(keys.look_for_replaced_key().await);
    assert!(new.is_accepted(&keys) && !old.is_accepted(&keys));
    assert_eq!(provider.request_count(), 2);
}

#[tokio::test(start_paused = true)]
async fn replaced_keys_cause_one_fetch_in_five_minutes() {
    let provider = Provider::with(&[&TestKey::new("a")]);
    let keys = provider.keys_with(on_demand());
    keys.ready().await;
    assert!(keys.look_for_replaced_key().await);
    for _ in 0..100 {
        assert!(!keys.look_for_replaced_key().await);
        pass(2).await;
    }
    assert_eq!(provider.request_count(), 2);
    pass(COOL_DOWN - 200).await;
    assert!(keys.look_for_replaced_key().await);
    assert_eq!(provider.request_count(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_cool_down_longer_than_five_minutes_also_limits_fetches_for_replaced_keys() {
    let provider = Provider::with(&[&TestKey::new("a")]);
    let keys = provider.keys_with(on_demand().cool_down(Duration::from_secs(900)));
    keys.ready().await;
    assert!(keys.look_for_replaced_key().await);
    pass(COOL_DOWN).await;
    assert!(!keys.look_for_replaced_key().await);
    pass(900 - COOL_DOWN).await;
    assert!(keys.look_for_replaced_key().await);
}

#[tokio::test(start_paused = true)]
async fn a_fetch_for_a_replaced_key_does_not_delay_one_for_an_unknown_key() {
    let (old, new) = (TestKey::new("a"), TestKey::new("b"));
    let provider = Provider::with(&[&old]);
    let keys = provider.keys_with(on_demand());
    keys.ready().await;
    pass(10).await;
    assert!(keys.look_for_replaced_key().await);
    provider.publish(&[&old, &new]);
    keys.refresh().await.unwrap();
    assert!(new.is_accepted(&keys));
    assert_eq!(provider.request_count(), 3);
    // The fetch for the unknown key has its own cool-down.
    keys.refresh().await.unwrap();
    assert_eq!(provider.request_count(), 3);
}

#[tokio::test(start_paused = true)]
async fn an_unknown_key_does_not_rely_on_a_running_fetch_for_a_replaced_key() {
    let (old, new) = (TestKey::new("a"), TestKey::new("b"));
    let provider = Provider::with(&[&old]);
    let page = provider.0.pages.lock().unwrap()[KEYS].clone();
    let keys = provider.keys_with(on_demand());
    keys.ready().await;
    pass(10).await;
    provider.put(KEYS, page.takes(2));
    let unknown = async {
        pass(1).await;
        provider.publish(&[&old, &new]);
        keys.refresh().await.unwrap();
        assert!(new.is_accepted(&keys));
    };
    let (fetched, ()) = join(keys.look_for_replaced_key(), unknown).await;
    assert!(fetched);
    assert_eq!(provider.request_count(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_regular_fetch_in_progress_also_finds_replaced_keys() {
    let (old, new) = (TestKey::new("a"), TestKey::new("a"));
    let provider = Provider::with(&[&old]);
    let keys = provider.keys_with(on_demand());
    keys.ready().await;
    pass(10).await;
    provider.publish(&[&new]);
    let page = provider.0.pages.lock().unwrap()[KEYS].clone();
    provider.put(KEYS, page.takes(2));
    let replaced = async {
        pass(1).await;
        assert!(keys.look_for_replaced_key().await);
        assert!(new.is_accepted(&keys));
    };
    let (refreshed, ()) = join(keys.refresh(), replaced).await;
    refreshed.unwrap();
    assert_eq!(provider.request_count(), 2);
    // The regular fetch does not count for the limit of five minutes.
    assert!(keys.look_for_replaced_key().await);
    assert_eq!(provider.request_count(), 3);
}

#[tokio::test(start_paused = true)]
async fn requests_waiting_for_a_replaced_key_do_not_use_up_the_permits_of_other_requests() {
    let provider = Provider::with(&[&TestKey::new("a")]);
    let keys = Arc::new(provider.keys_with(on_demand()));
    keys.ready().await;
    pass(10).await;
    provider.put(KEYS, Page::with_behavior(Behavior::Hang));
    let mut waiting = tokio::task::JoinSet::new();
    for _ in 0..2 * MAX_WAITING {
        let keys = Arc::clone(&keys);
        waiting.spawn(async move { keys.look_for_replaced_key().await });
    }
    settle().await;
    let reason = reason(keys.refresh().await);
    assert!(!reason.contains("requests are already waiting"), "{reason}");
    let fetched = waiting.join_all().await;
    // Requests beyond the limit were answered at once. The others waited for the fetch, which failed.
    assert_eq!(
        fetched.iter().filter(|fetched| **fetched).count(),
        MAX_WAITING
    );
}

#[tokio::test(start_paused = true)]
async fn requests_with_an_unknown_key_wait_for_a_second_fetch_from_a_slow_issuer() {
    let (old, new) = (TestKey::new("a"), TestKey::new("b"));
    let provider = Provider::with(&[&old]);
    let keys = provider.keys_with(on_demand());
    keys.ready().await;
    pass(20).await;
    provider.publish(&[&old, &new]);
    let page = provider.0.pages.lock().unwrap()[KEYS].clone();
    // Each fetch ends within its time-out, but both together take longer.
    provider.put(KEYS, page.takes(4));
    let unknown = async {
        settle().await;
        keys.refresh().await.unwrap();
        assert!(new.is_accepted(&keys));
    };
    let (fetched, ()) = join(keys.look_for_replaced_key(), unknown).await;
    assert!(fetched);
    assert_eq!(provider.request_count(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_fetch_that_becomes_due_during_another_is_not_overdue() {
    let every = Duration::from_secs(20);
    let provider = Provider::with(&[&TestKey::new("a")]);
    let page = provider.0.pages.lock().unwrap()[KEYS].clone();
    let keys = provider.keys_with(KeyRefresh::new().interval(every).min_interval(every));
    keys.ready().await;
    provider.put(KEYS, page.takes(4));
    // The next one is due between 18 and 20 seconds after the first.
    sleep(Duration::from_millis(17_990)).await;
    let replaced = keys.look_for_replaced_key();
    let unknown = async {
        settle().await;
        keys.refresh().await.unwrap();
    };
    let requests = async {
        for _ in 0..40 {
            sleep(Duration::from_millis(200)).await;
            assert!(keys.current().is_some());
            assert_eq!(keys.status().last_error, None);
        }
    };
    let (fetched, ((), ())) = join(replaced, join(unknown, requests)).await;
    assert!(fetched);
    assert_eq!(provider.request_count(), 3);
}
