//! The sessions of a subject.

use auth_runtime::session::{SessionRecord, SessionStore};

use super::{ISSUER, MINUTE, add, digest, session};

pub(crate) async fn the_sessions_of_a_subject_are_listed_newest_first(store: impl SessionStore) {
    let now = store.now().await.unwrap();
    assert_eq!(store.list(ISSUER, "alice").await.unwrap(), []);
    let mut elsewhere = session(5, "alice", now);
    elsewhere.issuer = "https://other.example".to_owned();
    let mut full = session(2, "alice", now - 2 * MINUTE);
    full.sealed = Some(vec![1, 2]);
    full.last_seen_at = now;
    let newest = session(3, "alice", now);
    let oldest = session(1, "alice", now - 3 * MINUTE);
    let others = [session(4, "Alice", now), elsewhere.clone()];
    add(&store, &[full.clone(), newest.clone(), oldest.clone()]).await;
    add(&store, &others).await;
    let listed = store.list(ISSUER, "alice").await.unwrap();
    assert_eq!(listed, [newest, full, oldest]);
    let listed = store.list(&elsewhere.issuer, "alice").await.unwrap();
    assert_eq!(listed, [elsewhere]);
}

pub(crate) async fn a_changed_session_is_listed_once_as_it_is_now(store: impl SessionStore) {
    let now = store.now().await.unwrap();
    add(&store, &[session(1, "alice", now - MINUTE)]).await;
    assert!(store.record_use(&digest(1)).await.unwrap());
    let renewed = store.renew(&digest(1), &digest(2), Some(&[1])).await;
    assert!(renewed.unwrap());
    let found = store.find(&digest(2)).await.unwrap().unwrap();
    let listed = store.list(ISSUER, "alice").await.unwrap();
    assert_eq!(listed, [found.session]);
}

pub(crate) async fn removed_sessions_are_not_listed(store: impl SessionStore) {
    let now = store.now().await.unwrap();
    for number in 1..=5 {
        add(&store, &[session(number, "alice", now)]).await;
    }
    assert!(store.remove(&digest(2)).await.unwrap());
    assert!(store.renew(&digest(3), &digest(6), None).await.unwrap());
    let new = session(7, "alice", now);
    store.insert(&new, Some(&digest(4))).await.unwrap();
    let mut listed = store.list(ISSUER, "alice").await.unwrap();
    listed.sort_by_key(|session: &SessionRecord| *session.digest.as_bytes());
    let digests: Vec<_> = listed.iter().map(|session| session.digest).collect();
    assert_eq!(digests, [digest(1), digest(5), digest(6), digest(7)]);
    store.remove_all(ISSUER, Some("alice")).await.unwrap();
    assert_eq!(store.list(ISSUER, "alice").await.unwrap(), []);
}
