//! What is replaced, and by whom.

use auth_runtime::users::{User, UserStore};

use super::{Administration, HASH, NEW_HASH, OTHER_HASH, seen};

pub(crate) async fn what_is_put_again_is_replaced_whole<S: UserStore, K: Administration>(
    with: impl AsyncFn(&[(&str, User)]) -> (S, K),
) {
    let full = User::new(HASH).scopes(["a"]).roles(["b"]).locked(true);
    let (store, administration) = with(&[("alice", full.clone()), ("bob", full.clone())]).await;
    let plain = User::new(OTHER_HASH);
    administration.put("alice", &plain).await;
    assert_eq!(seen(&store, "alice").await, Some(format!("{plain:?}")));
    assert_eq!(seen(&store, "bob").await, Some(format!("{full:?}")));
    for (name, hash) in [("alice", OTHER_HASH), ("bob", HASH)] {
        let stored = administration.password_hash(name).await;
        assert_eq!(stored.as_deref(), Some(hash));
    }
}

pub(crate) async fn a_hash_is_replaced_by_a_better_one<S: UserStore, K: Administration>(
    with: impl AsyncFn(&[(&str, User)]) -> (S, K),
) {
    let user = User::new(HASH).scopes(["orders:read"]).locked(true);
    let (store, administration) = with(&[("alice", user.clone()), ("bob", user.clone())]).await;
    assert!(store.takes_new_hashes());
    store.rehash("alice", HASH, NEW_HASH).await.unwrap();
    assert_eq!(seen(&store, "alice").await, Some(format!("{user:?}")));
    for (name, hash) in [("alice", NEW_HASH), ("bob", HASH)] {
        let stored = administration.password_hash(name).await;
        assert_eq!(stored.as_deref(), Some(hash));
    }
}

/// The password was changed between the log-in and the new hash of the old one.
pub(crate) async fn a_hash_that_changed_meanwhile_stays<S: UserStore, K: Administration>(
    with: impl AsyncFn(&[(&str, User)]) -> (S, K),
) {
    let (store, administration) = with(&[("alice", User::new(OTHER_HASH))]).await;
    store.rehash("alice", HASH, NEW_HASH).await.unwrap();
    let stored = administration.password_hash("alice").await;
    assert_eq!(stored.as_deref(), Some(OTHER_HASH));
}

pub(crate) async fn nobody_is_made_by_a_new_hash<S: UserStore, K: Administration>(
    with: impl AsyncFn(&[(&str, User)]) -> (S, K),
) {
    let (store, administration) = with(&[]).await;
    store.rehash("alice", HASH, NEW_HASH).await.unwrap();
    assert!(store.find("alice").await.unwrap().is_none());
    assert_eq!(administration.password_hash("alice").await, None);
}

pub(crate) async fn of_two_new_hashes_one_stays<S: UserStore, K: Administration>(
    with: impl AsyncFn(&[(&str, User)]) -> (S, K),
) {
    let (store, administration) = with(&[("alice", User::new(HASH))]).await;
    let (one, two) = tokio::join!(
        store.rehash("alice", HASH, NEW_HASH),
        store.rehash("alice", HASH, OTHER_HASH),
    );
    one.and(two).unwrap();
    let stored = administration.password_hash("alice").await.unwrap();
    assert!([NEW_HASH, OTHER_HASH].contains(&stored.as_str()));
}
