//! Families that are stored, found and rotated.

use std::time::{Duration, UNIX_EPOCH};

use auth_runtime::refresh_token::RefreshTokenStore;

use super::{at, digest, family, holding, rotation};

pub(crate) async fn an_inserted_family_is_found_unchanged(store: impl RefreshTokenStore) {
    let mut rotated = family("rotated", "日本語 'x");
    rotated.generation = u32::MAX;
    rotated.previous_digest = Some(digest(9));
    rotated.rotated_at = at(50);
    let mut endless = family("endless", "alice");
    endless.expires_at = UNIX_EPOCH + Duration::from_secs(i64::MAX.unsigned_abs());
    let families = [family("new", "alice"), rotated, endless];
    let store = holding(store, &families).await;
    for family in families {
        assert_eq!(store.find(&family.id).await.unwrap(), Some(family));
    }
}

pub(crate) async fn an_unknown_family_is_not_found(store: impl RefreshTokenStore) {
    let store = holding(store, &[family("one", "alice")]).await;
    for id in ["two", "ONE", "on", ""] {
        assert_eq!(store.find(id).await.unwrap(), None, "{id}");
    }
}

pub(crate) async fn a_family_is_inserted_once(store: impl RefreshTokenStore) {
    let store = holding(store, &[family("one", "alice")]).await;
    assert!(store.insert(&family("one", "bob")).await.is_err());
    assert_eq!(store.find("one").await.unwrap().unwrap().subject, "alice");
}

pub(crate) async fn a_rotation_replaces_the_token_and_keeps_the_login(
    store: impl RefreshTokenStore,
) {
    let other = family("other", "alice");
    let store = holding(store, &[family("one", "alice"), other.clone()]).await;
    assert!(store.rotate(&rotation("one", 0)).await.unwrap());
    let mut expected = family("one", "alice");
    expected.generation = 1;
    expected.digest = digest(1);
    expected.previous_digest = Some(digest(0));
    expected.rotated_at = at(10);
    expected.expires_at = at(110);
    assert_eq!(store.find("one").await.unwrap(), Some(expected));
    assert_eq!(store.find("other").await.unwrap(), Some(other));
}

pub(crate) async fn a_rotation_of_another_generation_changes_nothing(
    store: impl RefreshTokenStore,
) {
    let store = holding(store, &[family("one", "alice")]).await;
    assert!(store.rotate(&rotation("one", 0)).await.unwrap());
    let current = store.find("one").await.unwrap();
    for generation in [0, 2, u32::MAX] {
        assert!(!store.rotate(&rotation("one", generation)).await.unwrap());
    }
    assert!(!store.rotate(&rotation("two", 0)).await.unwrap());
    assert_eq!(store.find("one").await.unwrap(), current);
}

pub(crate) async fn a_removed_family_is_not_rotated(store: impl RefreshTokenStore) {
    let store = holding(store, &[family("one", "alice")]).await;
    assert!(store.remove("one").await.unwrap());
    assert!(!store.rotate(&rotation("one", 0)).await.unwrap());
    assert_eq!(store.find("one").await.unwrap(), None);
}
