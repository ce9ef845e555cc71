//! When sessions time out.

use super::*;

#[tokio::test(start_paused = true)]
async fn a_session_times_out_if_it_is_unused() {
    let sessions = Sessions::new(TestStore::new());
    let cookie = start(&sessions, alice()).await;
    // 30 minutes, and the minute in which a use is written.
    sleep(31 * MINUTE - SECOND).await;
    assert!(is_valid(&sessions, &cookie).await);
    sleep(31 * MINUTE - SECOND).await;
    assert!(is_valid(&sessions, &cookie).await);
    sleep(31 * MINUTE).await;
    assert!(!is_valid(&sessions, &cookie).await);
}

#[tokio::test(start_paused = true)]
async fn a_session_ends_at_its_lifetime_however_often_it_is_used() {
    let sessions = Sessions::new(TestStore::new());
    let cookie = start(&sessions, alice()).await;
    for _ in 0..12 * 60 - 1 {
        sleep(MINUTE).await;
        assert!(is_valid(&sessions, &cookie).await);
    }
    sleep(MINUTE - SECOND).await;
    assert!(is_valid(&sessions, &cookie).await);
    // From the cache a second ago.
    sleep(SECOND).await;
    assert!(!is_valid(&sessions, &cookie).await);
}

#[tokio::test(start_paused = true)]
async fn a_remembered_session_has_other_time_outs_and_a_cookie_that_is_kept() {
    let sessions = Sessions::new(TestStore::new()).remember_me(2 * HOUR, 30 * HOUR);
    let cookie = sessions
        .start_unchecked(&request(None), alice().remember_me(true))
        .await
        .unwrap();
    let attributes = cookie.set_cookie.to_str().unwrap();
    assert!(attributes.ends_with("; Max-Age=108000"), "{attributes}");
    let cookie = pair(&cookie);
    for _ in 0..14 {
        sleep(2 * HOUR).await;
        assert!(is_valid(&sessions, &cookie).await);
    }
    sleep(2 * HOUR).await;
    assert!(!is_valid(&sessions, &cookie).await);
}

#[tokio::test(start_paused = true)]
async fn uses_that_are_answered_from_the_cache_count() {
    let store = TestStore::new();
    let sessions = Sessions::new(store.clone()).cache_ttl(HOUR);
    let cookie = start(&sessions, alice()).await;
    for _ in 0..50 {
        sleep(MINUTE).await;
        assert!(is_valid(&sessions, &cookie).await);
    }
    assert_eq!(store.calls().0, 1, "look-ups");
    // Another node knows of them too.
    let other = Sessions::new(store);
    assert!(is_valid(&other, &cookie).await);
}

#[tokio::test(start_paused = true)]
async fn a_use_is_written_once_for_each_interval() {
    let store = TestStore::new();
    let sessions = Sessions::new(store.clone());
    let cookie = start(&sessions, alice()).await;
    for _ in 0..600 {
        sleep(SECOND).await;
        assert!(is_valid(&sessions, &cookie).await);
    }
    assert_eq!(store.calls().1, 10, "writes in ten minutes");
}

#[tokio::test(start_paused = true)]
async fn a_short_idle_time_out_has_a_short_interval() {
    let store = TestStore::new();
    let sessions = Sessions::new(store.clone()).idle_timeout(10 * SECOND);
    let cookie = start(&sessions, alice()).await;
    for _ in 0..30 {
        sleep(SECOND).await;
        assert!(is_valid(&sessions, &cookie).await);
    }
    assert_eq!(store.calls().1, 30, "writes in half a minute");
    sleep(11 * SECOND).await;
    assert!(!is_valid(&sessions, &cookie).await);
}

#[tokio::test(start_paused = true)]
async fn concurrent_requests_write_a_use_once_without_a_cache() {
    let store = TestStore::new();
    let sessions = Sessions::new(store.clone()).cache_ttl(Duration::ZERO);
    let cookie = start(&sessions, alice()).await;
    sleep(2 * MINUTE).await;
    let requests = (0..100).map(|_| is_valid(&sessions, &cookie));
    let valid = futures_util::future::join_all(requests).await;
    assert!(valid.iter().all(|is_valid| *is_valid));
    assert_eq!(store.calls().1, 1);
}

#[tokio::test(start_paused = true)]
async fn two_nodes_that_alternate_keep_a_session_alive() {
    let store = TestStore::new();
    let nodes = [Sessions::new(store.clone()), Sessions::new(store)];
    let cookie = start(&nodes[0], alice()).await;
    // Each node is used less often than the idle time-out.
    for turn in 0..20 {
        sleep(20 * MINUTE).await;
        assert!(is_valid(&nodes[turn % 2], &cookie).await, "{turn}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_clock_of_a_node_does_not_matter() {
    let sessions = Sessions::new(TestStore::new());
    let cookie = start(&sessions, alice()).await;
    let parts = request(Some(&cookie));
    let now = clock();
    for seconds in [-30, 30] {
        let now = now.clone();
        let skewed = move || {
            let skew = Duration::from_secs(30);
            if seconds < 0 {
                now() - skew
            } else {
                now() + skew
            }
        };
        sleep(31 * MINUTE - SECOND).await;
        let request = CredentialRequest::to(&sessions, &parts, None, &skewed);
        assert!(sessions.authenticate(request).settle().await.is_ok());
        for _ in 0..10 {
            tokio::task::yield_now().await;
        }
    }
    let ahead = move || now() - HOUR;
    sleep(31 * MINUTE).await;
    let request = CredentialRequest::to(&sessions, &parts, None, &ahead);
    assert!(sessions.authenticate(request).settle().await.is_err());
}

#[tokio::test(start_paused = true)]
async fn extreme_settings_neither_panic_nor_let_an_ended_session_in() {
    for entries in [0, 1, usize::MAX] {
        let sessions = Sessions::new(TestStore::new())
            .cache_entries(entries)
            .store_timeout(Duration::MAX)
            .cache_ttl(Duration::MAX)
            .concurrent_lookups(usize::MAX);
        let cookie = start(&sessions, alice()).await;
        assert!(is_valid(&sessions, &cookie).await);
        assert!(is_valid(&sessions, &cookie).await);
        let _ = sessions
            .end_unchecked(&request(Some(&cookie)))
            .await
            .unwrap();
        assert!(!is_valid(&sessions, &cookie).await);
    }
}
