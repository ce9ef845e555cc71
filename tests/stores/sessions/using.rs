//! Uses that are recorded.

use auth_runtime::session::SessionStore;

use super::{DAY, MINUTE, add, digest, session, stored};

pub(crate) async fn a_use_of_a_session_is_recorded_and_changes_nothing_else(
    store: impl SessionStore,
) {
    let now = store.now().await.unwrap();
    let mut one = session(1, "alice", now - 10 * MINUTE);
    one.sealed = Some(vec![1, 2, 3]);
    add(
        &store,
        &[one.clone(), session(2, "alice", now - 10 * MINUTE)],
    )
    .await;
    assert!(store.record_use(&digest(1)).await.unwrap());
    let after = store.now().await.unwrap();
    let used = stored(&store, 1).await.unwrap();
    assert!(now <= used.last_seen_at && used.last_seen_at <= after);
    one.last_seen_at = used.last_seen_at;
    assert_eq!(used, one);
    let other = stored(&store, 2).await.unwrap();
    assert_eq!(other.last_seen_at, now - 10 * MINUTE);
}

pub(crate) async fn an_earlier_use_of_a_session_does_not_replace_a_later_one(
    store: impl SessionStore,
) {
    let now = store.now().await.unwrap();
    let mut ahead = session(1, "alice", now);
    ahead.last_seen_at = now + 10 * MINUTE;
    add(&store, std::slice::from_ref(&ahead)).await;
    assert!(store.record_use(&digest(1)).await.unwrap());
    assert_eq!(stored(&store, 1).await, Some(ahead));
}

pub(crate) async fn a_use_of_an_unknown_session_adds_none(store: impl SessionStore) {
    let now = store.now().await.unwrap();
    add(&store, &[session(1, "alice", now)]).await;
    assert!(store.remove(&digest(1)).await.unwrap());
    for number in [1, 2] {
        assert!(!store.record_use(&digest(number)).await.unwrap());
    }
    assert_eq!(stored(&store, 1).await, None);
    assert_eq!(stored(&store, 2).await, None);
    assert_eq!(store.list(super::ISSUER, "alice").await.unwrap(), []);
}

/// On day 20 of 30, after six days without a use, of seven that are allowed.
pub(crate) async fn a_used_session_times_out_later_and_never_after_its_end(
    store: impl SessionStore,
) {
    let now = store.now().await.unwrap();
    let mut long = session(1, "alice", now - 20 * DAY);
    long.idle_timeout = 7 * DAY;
    long.ends_at = now + 10 * DAY;
    long.last_seen_at = now - 6 * DAY;
    let mut ending = long.clone();
    ending.digest = digest(2);
    ending.ends_at = now + DAY;
    add(&store, &[long, ending]).await;
    for number in [1, 2] {
        assert!(store.record_use(&digest(number)).await.unwrap());
        // It is not removed, and the end stays.
        store.remove_expired().await.unwrap();
    }
    let (long, ending) = (
        stored(&store, 1).await.unwrap(),
        stored(&store, 2).await.unwrap(),
    );
    assert!(!long.has_ended(now + 7 * DAY));
    assert!(long.has_ended(now + 8 * DAY));
    assert!(ending.has_ended(now + DAY));
}
