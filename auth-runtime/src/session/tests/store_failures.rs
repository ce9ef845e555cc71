//! What happens while the store does not work.

use super::*;

fn is_unavailable(result: &Result<Identity, AuthenticationError>) -> bool {
    matches!(result, Err(AuthenticationError::Unavailable { .. }))
}

#[tokio::test(start_paused = true)]
async fn a_good_session_lives_from_the_cache_while_the_store_is_down_and_then_gets_503() {
    let store = TestStore::new();
    let sessions = Sessions::new(store.clone());
    let cookie = start(&sessions, alice()).await;
    assert!(is_valid(&sessions, &cookie).await);
    store.set_down(true);
    sleep(5 * SECOND - Duration::from_millis(1)).await;
    assert!(is_valid(&sessions, &cookie).await);
    sleep(Duration::from_millis(1)).await;
    assert!(is_unavailable(&authenticate(&sessions, &cookie).await));
    store.set_down(false);
    assert!(is_valid(&sessions, &cookie).await);
}

#[tokio::test(start_paused = true)]
async fn a_store_that_does_not_answer_gets_503_in_time() {
    let store = TestStore::new();
    let sessions = Sessions::new(store.clone());
    let cookie = start(&sessions, alice()).await;
    let never = Arc::new(Notify::new());
    *store.calls.pause.lock() = Some((Arc::default(), never));
    let begun = Instant::now();
    assert!(is_unavailable(&authenticate(&sessions, &cookie).await));
    assert_eq!(begun.elapsed(), 2 * SECOND);
}

#[tokio::test(start_paused = true)]
async fn a_session_that_could_not_be_ended_is_not_used_from_the_cache() {
    let store = TestStore::new();
    let sessions = Sessions::new(store.clone());
    let cookie = start(&sessions, alice()).await;
    assert!(is_valid(&sessions, &cookie).await);
    store.set_down(true);
    let ended = sessions.end_unchecked(&request(Some(&cookie))).await;
    assert!(matches!(ended, Err(SessionError::Unavailable(_))));
    // The store may have ended it.
    assert!(is_unavailable(&authenticate(&sessions, &cookie).await));
}

#[tokio::test(start_paused = true)]
async fn a_use_that_could_not_be_written_is_not_answered_and_is_tried_again() {
    let store = TestStore::new();
    let sessions = Sessions::new(store.clone()).cache_ttl(MINUTE);
    let cookie = start(&sessions, alice()).await;
    assert!(is_valid(&sessions, &cookie).await);
    sleep(MINUTE - SECOND).await;
    assert!(is_valid(&sessions, &cookie).await);
    sleep(SECOND).await;
    assert!(is_valid(&sessions, &cookie).await);
    assert_eq!(store.calls(), (2, 1));
    sleep(MINUTE - SECOND).await;
    store.set_down(true);
    sleep(SECOND / 2).await;
    assert!(is_valid(&sessions, &cookie).await);
    store.set_down(false);
    sleep(MINUTE).await;
    assert!(is_valid(&sessions, &cookie).await);
    let (_, uses) = store.calls();
    assert!(uses >= 2, "{uses}");
}

#[tokio::test(start_paused = true)]
async fn no_session_starts_while_the_store_is_down() {
    let store = TestStore::new();
    store.set_down(true);
    let sessions = Sessions::new(store);
    let started = sessions.start_unchecked(&request(None), alice()).await;
    assert!(matches!(started, Err(SessionError::Unavailable(_))));
    let listed = sessions.list(&alice_id()).await;
    assert!(matches!(listed, Err(SessionError::Unavailable(_))));
    let ended = sessions.end_all(&alice_id()).await;
    assert!(matches!(ended, Err(SessionError::Unavailable(_))));
}
