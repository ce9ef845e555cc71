//! A hash is replaced by a better one of the same password, and by nothing else.

use auth_runtime::{User, UserStore};

use super::{Administration, HASH, seen};

pub(crate) async fn a_hash_is_replaced_by_a_better_one(
    store: impl UserStore,
    administration: impl Administration,
) {
    let alice = User::new(HASH).scopes(["orders:read"]).locked(true);
    administration.put("alice", &alice).await;
    administration.put("bob", &alice).await;
    store.rehash("alice", HASH, "$argon2id$new").await.unwrap();
    let hash = administration.password_hash("alice").await;
    assert_eq!(hash.as_deref(), Some("$argon2id$new"));
    assert_eq!(seen(&store, "alice").await, Some(format!("{alice:?}")));
    let hash = administration.password_hash("bob").await;
    assert_eq!(hash.as_deref(), Some(HASH));
}

/// The password was changed between the log-in and the new hash of the old one.
pub(crate) async fn a_hash_that_changed_meanwhile_stays(
    store: impl UserStore,
    administration: impl Administration,
) {
    administration
        .put("alice", &User::new("$argon2id$changed"))
        .await;
    store.rehash("alice", HASH, "$argon2id$new").await.unwrap();
    let hash = administration.password_hash("alice").await;
    assert_eq!(hash.as_deref(), Some("$argon2id$changed"));
}

pub(crate) async fn nobody_is_made_by_a_new_hash(
    store: impl UserStore,
    administration: impl Administration,
) {
    store.rehash("alice", HASH, "$argon2id$new").await.unwrap();
    assert!(store.find("alice").await.unwrap().is_none());
    assert_eq!(administration.password_hash("alice").await, None);
}

pub(crate) async fn of_two_new_hashes_one_stays(
    store: impl UserStore,
    administration: impl Administration,
) {
    administration.put("alice", &User::new(HASH)).await;
    let (one, two) = tokio::join!(
        store.rehash("alice", HASH, "$argon2id$one"),
        store.rehash("alice", HASH, "$argon2id$two"),
    );
    one.and(two).unwrap();
    let hash = administration.password_hash("alice").await.unwrap();
    assert!(["$argon2id$one", "$argon2id$two"].contains(&hash.as_str()));
}
