//! A key is replaced whole or not at all.

use auth_runtime::{ApiKeyRecord, ApiKeyStore};

use super::{at, digest, full_key, holding, key, prefixes, stored};

fn successor() -> ApiKeyRecord {
    let mut successor = full_key("successor");
    successor.replaces = Some("ak_old".to_owned());
    successor.created_at = at(10);
    successor
}

/// A store in which `old` was asked to be replaced from second 20 on.
async fn rotated<S: ApiKeyStore>(store: S, old: &ApiKeyRecord) -> (S, bool) {
    let store = holding(store, std::slice::from_ref(old)).await;
    let rotated = store.rotate("ak_old", at(20), &successor()).await.unwrap();
    (store, rotated)
}

pub(crate) async fn the_successor_is_there_and_the_old_key_expires(store: impl ApiKeyStore) {
    let (store, rotated) = rotated(store, &key("old")).await;
    assert!(rotated);
    let mut old = key("old");
    old.expires_at = Some(at(20));
    assert_eq!(stored(&store, "old").await, old);
    assert_eq!(stored(&store, "successor").await, successor());
    assert_eq!(prefixes(&store, None).await, ["ak_successor", "ak_old"]);
}

pub(crate) async fn a_key_that_expires_sooner_keeps_its_expiry(store: impl ApiKeyStore) {
    let mut old = key("old");
    old.expires_at = Some(at(15));
    let (store, rotated) = rotated(store, &old).await;
    assert!(rotated);
    assert_eq!(stored(&store, "old").await, old);

    let mut later = key("later");
    later.expires_at = Some(at(500));
    store.insert(&later).await.unwrap();
    let mut successor = successor();
    successor.prefix = "ak_second".to_owned();
    successor.digest = digest("second");
    assert!(store.rotate("ak_later", at(20), &successor).await.unwrap());
    assert_eq!(stored(&store, "later").await.expires_at, Some(at(20)));
}

pub(crate) async fn an_expired_key_is_replaced_and_stays_expired(store: impl ApiKeyStore) {
    let mut old = key("old");
    old.expires_at = Some(at(1));
    let (store, rotated) = rotated(store, &old).await;
    assert!(rotated);
    assert_eq!(stored(&store, "old").await, old);
    assert_eq!(stored(&store, "successor").await, successor());
}

pub(crate) async fn a_revoked_key_is_not_rotated(store: impl ApiKeyStore) {
    let mut old = key("old");
    old.revoked_at = Some(at(1));
    let (store, rotated) = rotated(store, &old).await;
    assert!(!rotated);
    assert_eq!(stored(&store, "old").await, old);
    assert_eq!(prefixes(&store, None).await, ["ak_old"]);
}

pub(crate) async fn an_unknown_key_is_not_rotated(store: impl ApiKeyStore) {
    let rotated = store.rotate("ak_old", at(20), &successor()).await.unwrap();
    assert!(!rotated);
    assert_eq!(store.list(None).await.unwrap(), []);
}

pub(crate) async fn a_successor_that_is_there_already_changes_nothing(store: impl ApiKeyStore) {
    let store = holding(store, &[key("old"), key("other")]).await;
    let mut same_prefix = successor();
    same_prefix.prefix = "ak_other".to_owned();
    let mut same_digest = successor();
    same_digest.digest = digest("other");
    let mut itself = successor();
    itself.prefix = "ak_old".to_owned();
    for refused in [same_prefix, same_digest, itself] {
        assert!(store.rotate("ak_old", at(20), &refused).await.is_err());
        assert_eq!(stored(&store, "old").await, key("old"));
        assert_eq!(stored(&store, "other").await, key("other"));
        assert_eq!(prefixes(&store, None).await.len(), 2);
    }
}
