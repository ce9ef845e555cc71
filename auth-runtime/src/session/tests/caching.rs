//! When the store is asked.

use futures_util::future::join_all;

use super::*;

#[tokio::test(start_paused = true)]
async fn a_good_session_is_looked_up_once_for_each_cache_ttl() {
    let store = TestStore::new();
    let sessions = Sessions::new(store.clone());
    let cookie = start(&sessions, alice()).await;
    for _ in 0..100 {
        assert!(is_valid(&sessions, &cookie).await);
    }
    assert_eq!(store.calls(), (1, 0));
    sleep(5 * SECOND).await;
    assert!(is_valid(&sessions, &cookie).await);
    assert_eq!(store.calls(), (2, 0));
}

#[tokio::test(start_paused = true)]
async fn without_a_cache_every_request_looks_the_session_up() {
    let store = TestStore::new();
    let sessions = Sessions::new(store.clone()).cache_ttl(Duration::ZERO);
    let cookie = start(&sessions, alice()).await;
    for _ in 0..3 {
        assert!(is_valid(&sessions, &cookie).await);
    }
    assert_eq!(store.calls().0, 3);
}

#[tokio::test(start_paused = true)]
async fn concurrent_requests_of_a_session_share_a_look_up() {
    let store = TestStore::new();
    let sessions = Sessions::new(store.clone());
    let cookie = start(&sessions, alice()).await;
    let (has_read, go_on) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    *store.calls.pause.lock() = Some((Arc::clone(&has_read), Arc::clone(&go_on)));
    let requests = join_all((0..50).map(|_| is_valid(&sessions, &cookie)));
    let (valid, ()) = futures_util::future::join(requests, async {
        has_read.notified().await;
        go_on.notify_one();
    })
    .await;
    assert!(valid.iter().all(|is_valid| *is_valid));
    assert_eq!(store.calls().0, 1);
}

#[tokio::test(start_paused = true)]
async fn an_invalid_session_is_looked_up_once() {
    let store = TestStore::new();
    let sessions = Sessions::new(store.clone());
    let id = super::super::id::SessionId::generate().unwrap();
    let cookie = format!("__Host-Http-sid={}", *id.text());
    for _ in 0..10 {
        assert!(!is_valid(&sessions, &cookie).await);
    }
    assert_eq!(store.calls(), (1, 0));
}

#[tokio::test(start_paused = true)]
async fn a_value_that_is_no_identifier_is_not_looked_up() {
    let store = TestStore::new();
    let sessions = Sessions::new(store.clone());
    let long = "A".repeat(8_000);
    for value in ["x", "AAAA", &long] {
        let cookie = format!("__Host-Http-sid={value}");
        assert!(!is_valid(&sessions, &cookie).await);
    }
    assert_eq!(store.calls(), (0, 0));
}

#[tokio::test(start_paused = true)]
async fn a_flood_of_unknown_identifiers_evicts_no_good_session() {
    let store = TestStore::new();
    let sessions = Sessions::new(store.clone()).cache_entries(100);
    let cookie = start(&sessions, alice()).await;
    assert!(is_valid(&sessions, &cookie).await);
    for _ in 0..1_000 {
        let id = super::super::id::SessionId::generate().unwrap();
        assert!(!is_valid(&sessions, &format!("__Host-Http-sid={}", *id.text())).await);
    }
    let before = store.calls().0;
    assert!(is_valid(&sessions, &cookie).await);
    assert_eq!(store.calls().0, before);
    // Both caches are bounded.
    let shown = format!("{:?}", sessions.shared.cache);
    let invalid: usize = shown
        .split("invalid: ")
        .nth(1)
        .unwrap()
        .trim_end_matches(" }")
        .parse()
        .unwrap();
    // Its shards are rounded up.
    assert!(invalid < 200, "{shown}");
}

#[tokio::test(start_paused = true)]
async fn look_ups_beyond_the_limit_get_503_and_known_sessions_have_their_own_limit() {
    let store = TestStore::new();
    let sessions = Sessions::new(store.clone()).concurrent_lookups(1);
    let [known, unknown, third] = [
        start(&sessions, alice()).await,
        start(&sessions, alice()).await,
        start(&sessions, alice()).await,
    ];
    assert!(is_valid(&sessions, &known).await);
    sleep(5 * SECOND).await;
    let (has_read, go_on) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    *store.calls.pause.lock() = Some((Arc::clone(&has_read), Arc::clone(&go_on)));
    let (valid, ()) = futures_util::future::join(is_valid(&sessions, &unknown), async {
        has_read.notified().await;
        let refused = authenticate(&sessions, &third).await;
        assert!(matches!(
            refused,
            Err(AuthenticationError::Unavailable { .. })
        ));
        assert!(is_valid(&sessions, &known).await);
        go_on.notify_one();
    })
    .await;
    assert!(valid);
}

/// A user can end their own sessions as often as they like.
#[tokio::test(start_paused = true)]
async fn a_caller_who_ends_sessions_all_the_time_keeps_nobody_out() {
    let store = TestStore::new();
    let sessions = Sessions::new(store.clone());
    let cookie = start(&sessions, alice()).await;
    let bob = IdentityId::new(ISSUER, "bob");
    store.set_delay(5 * Duration::from_millis(1));
    let attack = async {
        loop {
            sessions.end_all(&bob).await.unwrap();
            sleep(Duration::from_millis(1)).await;
        }
    };
    let requests = async {
        for _ in 0..10 {
            assert!(is_valid(&sessions, &cookie).await);
        }
    };
    futures_util::future::select(std::pin::pin!(attack), std::pin::pin!(requests)).await;
}

#[tokio::test(start_paused = true)]
async fn a_session_is_not_cached_for_longer_than_other_nodes_are_told_about_its_end() {
    for (time, faults) in [(HOUR, 0), (HOUR + SECOND, 1), (Duration::MAX, 1)] {
        let sessions = Sessions::new(TestStore::new()).cache_ttl(time);
        assert_eq!(sessions.faults().len(), faults, "{time:?}");
    }
}
