//! Replacing users and their hashes.

use auth_runtime::users::{User, UserStore};

use super::{Administration, HASH, NEW_HASH, OTHER_HASH, seen};

pub(crate) async fn putting_a_user_again_replaces_all_their_data<
    S: UserStore,
    K: Administration,
>(
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

pub(crate) async fn a_new_password_hash_keeps_a_locked_user_locked<
    S: UserStore,
    K: Administration,
>(
    with: impl AsyncFn(&[(&str, User)]) -> (S, K),
) {
    let locked = User::new(HASH).scopes(["a"]).roles(["b"]).locked(true);
    let (store, administration) = with(&[("alice", locked.clone())]).await;
    assert!(administration.set_password_hash("alice", OTHER_HASH).await);
    assert!(!administration.set_password_hash("bob", OTHER_HASH).await);
    assert_eq!(seen(&store, "bob").await, None);
    assert_eq!(seen(&store, "alice").await, Some(format!("{locked:?}")));
    let stored = administration.password_hash("alice").await;
    assert_eq!(stored.as_deref(), Some(OTHER_HASH));
}

pub(crate) async fn a_password_hash_is_replaced_by_a_new_one<S: UserStore, K: Administration>(
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

/// The password was changed between the login and the new hash of the old one.
pub(crate) async fn a_password_hash_that_changed_meanwhile_is_not_replaced<
    S: UserStore,
    K: Administration,
>(
    with: impl AsyncFn(&[(&str, User)]) -> (S, K),
) {
    let (store, administration) = with(&[("alice", User::new(OTHER_HASH))]).await;
    store.rehash("alice", HASH, NEW_HASH).await.unwrap();
    let stored = administration.password_hash("alice").await;
    assert_eq!(stored.as_deref(), Some(OTHER_HASH));
}

pub(crate) async fn replacing_the_hash_of_an_unknown_user_creates_no_user<
    S: UserStore,
    K: Administration,
>(
    with: impl AsyncFn(&[(&str, User)]) -> (S, K),
) {
    let (store, administration) = with(&[]).await;
    store.rehash("alice", HASH, NEW_HASH).await.unwrap();
    assert!(store.find("alice").await.unwrap().is_none());
    assert_eq!(administration.password_hash("alice").await, None);
}

pub(crate) async fn one_of_two_concurrent_new_hashes_is_stored<S: UserStore, K: Administration>(
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
