//! Which requests share a fetch, and how often the issuer is queried.

use futures_util::future::join_all;

use super::*;

#[tokio::test(start_paused = true)]
async fn keys_are_fetched_before_the_first_request() {
    let key = TestKey::new("a");
    let provider = Provider::with(&[&key]);
    let keys = provider.keys();
    assert!(!keys.is_ready());
    assert!(keys.current().is_none());
    keys.ready().await;
    assert!(keys.is_ready());
    assert!(key.is_accepted(&keys));
    assert_eq!(provider.request_count(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_thousand_first_refreshes_share_one_fetch() {
    let provider = Provider::with(&[&TestKey::new("a")]);
    let page = provider.0.pages.lock().unwrap()[KEYS].clone();
    provider.put(KEYS, page.takes(2));
    let keys = provider.keys();
    let start = Instant::now();
    let outcomes = join_all((0..1_000).map(|_| keys.refresh())).await;
    assert!(outcomes.iter().all(Result::is_ok));
    assert_eq!(start.elapsed().as_secs(), 2);
    assert_eq!(provider.request_count(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_refresh_beyond_the_limit_fails_at_once_and_the_others_succeed() {
    let provider = Provider::with(&[&TestKey::new("a")]);
    let page = provider.0.pages.lock().unwrap()[KEYS].clone();
    provider.put(KEYS, page.takes(2));
    let keys = provider.keys();
    let start = Instant::now();
    let outcomes = join_all((0..MAX_WAITING + 10).map(|_| async {
        let outcome = keys.refresh().await;
        (outcome, start.elapsed().as_secs())
    }))
    .await;
    let (waited, told): (Vec<_>, Vec<_>) = outcomes
        .into_iter()
        .partition(|(outcome, _)| outcome.is_ok());
    assert_eq!((waited.len(), told.len()), (MAX_WAITING, 10));
    assert!(told.iter().all(|(_, seconds)| *seconds == 0));
    for (outcome, _) in told {
        assert!(reason(outcome).ends_with("1024 requests are already waiting for them"));
    }
    // All permits are free again.
    assert_eq!(keys.waiting.taken(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_client_that_disconnects_does_not_cancel_a_key_fetch() {
    let key = TestKey::new("a");
    let provider = Provider::with(&[]);
    provider.put(KEYS, Page::new(set([key.jwk()])).takes(2));
    let keys = provider.keys();
    let patience = Duration::from_secs(1);
    assert!(timeout(patience, keys.refresh()).await.is_err());
    assert_eq!(keys.waiting.taken(), 0);
    pass(2).await;
    assert!(key.is_accepted(&keys));
    assert_eq!(provider.request_count(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_known_key_does_not_wait_for_a_hanging_fetch() {
    let key = TestKey::new("a");
    let provider = Provider::with(&[&key]);
    let keys = provider.keys();
    keys.ready().await;
    pass(11).await;
    provider.put(KEYS, Page::with_behavior(Behavior::Hang));
    let unknown = keys.refresh();
    let meanwhile = async {
        settle().await;
        assert_eq!(provider.request_count(), 2);
        // `current` and `is_current` are not async, so there is nothing to wait for.
        assert!(key.is_accepted(&keys));
        assert!(keys.is_current(0));
    };
    let (outcome, ()) = futures_util::future::join(unknown, meanwhile).await;
    assert!(reason(outcome).ends_with("/keys: no response in time"));
    assert!(key.is_accepted(&keys));
}

#[tokio::test(start_paused = true)]
async fn a_hanging_key_fetch_times_out() {
    let provider = Provider::default();
    provider.put(KEYS, Page::with_behavior(Behavior::Hang));
    let keys = provider.keys();
    let start = Instant::now();
    assert!(keys.refresh().await.is_err());
    assert_eq!(start.elapsed().as_secs(), 5);
    // Until the cool-down is over, requests get the failure at once.
    assert!(keys.refresh().await.is_err());
    assert_eq!(start.elapsed().as_secs(), 5);
    assert_eq!(provider.request_count(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_flood_of_unknown_kids_costs_one_fetch_per_cool_down() {
    let provider = Provider::with(&[&TestKey::new("a")]);
    let keys = provider.keys();
    let start = Instant::now();
    let mut requests = 0;
    while start.elapsed().as_secs() < 60 {
        keys.refresh().await.unwrap();
        requests += 1;
        sleep(Duration::from_millis(10)).await;
    }
    assert!(requests > 5_000);
    assert_eq!(provider.request_count(), 6);
    for pause in provider.pauses() {
        assert!((10.0..10.1).contains(&pause), "{pause}");
    }
}

#[tokio::test(start_paused = true)]
async fn requests_do_not_increase_the_fetch_rate_of_an_issuer_that_is_down() {
    let provider = Provider::default();
    provider.goes_down();
    let keys = provider.keys();
    let start = Instant::now();
    while start.elapsed().as_secs() < 60 {
        assert!(keys.refresh().await.is_err());
        sleep(Duration::from_millis(10)).await;
    }
    assert_eq!(provider.request_count(), 6);
}

#[tokio::test(start_paused = true)]
async fn a_new_key_is_accepted_within_a_cool_down_despite_a_flood() {
    let (old, new) = (TestKey::new("old"), TestKey::new("new"));
    let provider = Provider::with(&[&old]);
    let keys = provider.keys();
    keys.ready().await;
    pass(3).await;
    provider.publish(&[&old, &new]);
    let start = Instant::now();
    while !new.is_accepted(&keys) {
        keys.refresh().await.unwrap();
        sleep(Duration::from_millis(10)).await;
        assert!(start.elapsed().as_secs() < 8, "the rest of the cool-down");
    }
    assert_eq!(provider.request_count(), 2);
    assert!(old.is_accepted(&keys));
}

#[tokio::test(start_paused = true)]
async fn within_a_cool_down_a_refresh_returns_the_last_outcome() {
    let provider = Provider::with(&[&TestKey::new("a")]);
    let keys = provider.keys();
    keys.refresh().await.unwrap();
    provider.goes_down();
    pass(9).await;
    keys.refresh().await.unwrap();
    assert_eq!(provider.request_count(), 1);
    pass(1).await;
    assert_eq!(
        reason(keys.refresh().await),
        "could not fetch the keys of \"https://issuer.example\": https://issuer.example/keys: \
         connection refused"
    );
    assert_eq!(provider.request_count(), 2);
    provider.publish(&[&TestKey::new("a")]);
    assert!(keys.refresh().await.is_err());
    assert_eq!(provider.request_count(), 2);
    pass(10).await;
    keys.refresh().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_refresh_during_a_fetch_gets_its_outcome_even_after_more_than_a_cool_down() {
    let provider = Provider::default();
    provider.put(KEYS, Page::new(set([TestKey::new("a").jwk()])).takes(4));
    let keys = provider.keys_with(KeyRefresh::new().cool_down(Duration::from_secs(1)));
    keys.refresh().await.unwrap();
    assert_eq!(provider.request_count(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_hanging_issuer_gets_its_cool_down_even_if_shorter_than_a_fetch() {
    let provider = Provider::default();
    provider.put(KEYS, Page::with_behavior(Behavior::Hang));
    let keys = provider.keys_with(KeyRefresh::new().cool_down(Duration::from_secs(2)));
    let start = Instant::now();
    while start.elapsed().as_secs() < 60 {
        assert!(keys.refresh().await.is_err());
        sleep(Duration::from_millis(10)).await;
    }
    for pause in provider.pauses() {
        assert!((7.0..7.1).contains(&pause), "{pause}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_panic_of_the_http_client_is_a_failed_key_fetch() {
    let key = TestKey::new("a");
    let provider = Provider::with(&[&key]);
    let keys = provider.keys();
    keys.ready().await;
    provider.put(KEYS, Page::with_behavior(Behavior::Panic));
    pass(10).await;
    assert!(reason(keys.refresh().await).ends_with("the client panicked"));
    assert!(key.is_accepted(&keys));
    provider.publish(&[&key]);
    pass(10).await;
    keys.refresh().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn an_http_client_that_panics_when_dropped_is_a_failed_key_fetch() {
    let key = TestKey::new("a");
    let provider = Provider::with(&[&key]);
    let keys = provider.keys();
    keys.ready().await;
    provider.put(KEYS, Page::with_behavior(Behavior::PanicWhenDropped));
    pass(10).await;
    assert!(reason(keys.refresh().await).ends_with("the client panicked"));
    provider.publish(&[]);
    pass(60).await;
    // The task fetches again by itself, without a request.
    assert!(provider.request_count() > 2, "{}", provider.request_count());
}

#[tokio::test(start_paused = true)]
async fn fetches_of_several_issuers_are_independent() {
    let (one, other) = (TestKey::new("a"), TestKey::new("a"));
    let (first, second) = (Provider::with(&[&one]), Provider::with(&[&other]));
    let (first_keys, second_keys) = (first.keys(), second.keys());
    first_keys.ready().await;
    second_keys.ready().await;
    assert!(one.is_accepted(&first_keys) && !one.is_accepted(&second_keys));
    assert!(other.is_accepted(&second_keys) && !other.is_accepted(&first_keys));
    second.put(KEYS, Page::with_behavior(Behavior::Hang));
    pass(10).await;
    let hanging = second_keys.refresh();
    let meanwhile = async {
        let start = Instant::now();
        first_keys.refresh().await.unwrap();
        assert_eq!(start.elapsed().as_secs(), 0);
    };
    let (hung, ()) = futures_util::future::join(hanging, meanwhile).await;
    assert!(hung.is_err());
}
