//! Sessions that are inserted, and replace others.

use auth_runtime::session::SessionStore;

use super::{add, digest, kept, session, stored};

pub(crate) async fn a_session_is_inserted_once(store: impl SessionStore) {
    let now = store.now().await.unwrap();
    add(&store, &[session(1, "alice", now)]).await;
    let again = store.insert(&session(1, "bob", now), None).await;
    assert!(again.is_err());
    assert_eq!(stored(&store, 1).await, Some(session(1, "alice", now)));
    assert_eq!(store.list(super::ISSUER, "bob").await.unwrap(), []);
}

pub(crate) async fn a_new_session_replaces_another(store: impl SessionStore) {
    let now = store.now().await.unwrap();
    add(
        &store,
        &[session(1, "guest", now), session(2, "alice", now)],
    )
    .await;
    let new = session(3, "alice", now);
    store.insert(&new, Some(&digest(1))).await.unwrap();
    assert_eq!(kept(&store, &[1, 2, 3]).await, [2, 3]);
    assert_eq!(store.list(super::ISSUER, "guest").await.unwrap(), []);
    assert_eq!(store.list(super::ISSUER, "alice").await.unwrap().len(), 2);
}

pub(crate) async fn a_refused_session_replaces_nothing(store: impl SessionStore) {
    let now = store.now().await.unwrap();
    add(
        &store,
        &[session(1, "alice", now), session(2, "alice", now)],
    )
    .await;
    let refused = store
        .insert(&session(2, "alice", now), Some(&digest(1)))
        .await;
    assert!(refused.is_err());
    assert_eq!(kept(&store, &[1, 2]).await, [1, 2]);
}

pub(crate) async fn a_new_session_may_replace_an_unknown_one(store: impl SessionStore) {
    let now = store.now().await.unwrap();
    let new = session(2, "alice", now);
    store.insert(&new, Some(&digest(1))).await.unwrap();
    assert_eq!(kept(&store, &[1, 2]).await, [2]);
}
