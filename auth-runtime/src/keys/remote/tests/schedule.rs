//! When keys are fetched without a waiting request.

use super::*;

/// The pauses between fetches in one hour without requests.
async fn pauses_of(page: Page, refresh: KeyRefresh) -> Vec<f64> {
    let provider = Provider::default();
    provider.put(KEYS, page);
    let keys = provider.keys_with(refresh);
    keys.ready().await;
    pass(2 * 60 * 60 + 1).await;
    let pauses = provider.pauses();
    assert!(!pauses.is_empty());
    pauses
}

fn page() -> Page {
    Page::new(set([TestKey::new("a").jwk()]))
}

fn all_within(pauses: &[f64], least: f64, most: f64) {
    for pause in pauses {
        assert!((least..=most + 0.01).contains(pause), "{pause}");
    }
}

#[tokio::test(start_paused = true)]
async fn keys_without_a_cache_lifetime_are_fetched_every_five_minutes() {
    all_within(&pauses_of(page(), KeyRefresh::new()).await, 270.0, 300.0);
}

#[tokio::test(start_paused = true)]
async fn keys_are_fetched_again_after_the_cache_lifetime_from_the_issuer() {
    let said = page()
        .header("cache-control", "public, max-age=1000")
        .header("age", "400");
    all_within(&pauses_of(said, KeyRefresh::new()).await, 540.0, 600.0);
    let said = page()
        .header("date", "Sun, 06 Nov 1994 12:00:00 GMT")
        .header("expires", "Sun, 06 Nov 1994 12:10:00 GMT");
    all_within(&pauses_of(said, KeyRefresh::new()).await, 540.0, 600.0);
}

#[tokio::test(start_paused = true)]
async fn a_short_cache_lifetime_from_the_issuer_is_raised_to_the_minimum() {
    for short in ["no-store", "max-age=0", "no-cache", "max-age=5"] {
        let said = page().header("cache-control", short);
        all_within(&pauses_of(said, KeyRefresh::new()).await, 54.0, 60.0);
    }
    let slow = page().header("cache-control", "max-age=31536000");
    all_within(&pauses_of(slow, KeyRefresh::new()).await, 3_240.0, 3_600.0);
}

#[tokio::test(start_paused = true)]
async fn failed_key_fetches_are_retried_with_back_off() {
    let provider = Provider::default();
    provider.goes_down();
    let keys = provider.keys();
    pass(400).await;
    let pauses = provider.pauses();
    assert!(pauses.len() >= 6, "{pauses:?}");
    for (pause, expected) in pauses.iter().zip([10.0, 20.0, 40.0, 60.0, 60.0, 60.0]) {
        all_within(&[*pause], expected, expected * 1.1);
    }
    assert!(!keys.is_ready());
}

#[tokio::test(start_paused = true)]
async fn the_recovery_of_an_issuer_is_noticed_without_a_request() {
    let key = TestKey::new("a");
    let provider = Provider::default();
    provider.goes_down();
    let keys = provider.keys();
    pass(100).await;
    provider.publish(&[&key]);
    let start = Instant::now();
    keys.ready().await;
    assert!(start.elapsed().as_secs() <= 66);
    assert!(key.is_accepted(&keys));
    provider.clear_requests();
    pass(601).await;
    all_within(&provider.pauses(), 270.0, 300.0);
}

#[tokio::test(start_paused = true)]
async fn the_key_status_reports_the_time_and_reason_of_a_failure() {
    let provider = Provider::with(&[&TestKey::new("a"), &TestKey::new("b")]);
    let keys = provider.keys();
    let before = keys.status();
    assert_eq!((before.keys, before.usable, before.age), (0, false, None));
    assert_eq!(before.last_error, None);

    keys.ready().await;
    pass(100).await;
    let good = keys.status();
    assert_eq!((good.keys, good.usable, good.last_error), (2, true, None));
    assert_eq!(good.age.unwrap().as_secs(), 100);
    let next = good.next_refresh.unwrap().as_secs();
    assert!((169..=200).contains(&next), "{next}");

    provider.goes_down();
    pass(200).await;
    let down = keys.status();
    assert_eq!((down.keys, down.usable), (2, true));
    assert_eq!(
        down.last_error.as_deref(),
        Some("https://issuer.example/keys: connection refused")
    );
    assert_eq!(down.age.unwrap().as_secs(), 300);
}
