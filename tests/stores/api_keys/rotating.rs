//! A rotation is atomic.

use auth_runtime::api_key::{ApiKeyRecord, ApiKeyStore, RotateError};

use super::{at, digest, full_key, holding, key, prefixes, stored};

fn successor() -> ApiKeyRecord {
    let mut successor = full_key("successor");
    successor.replaces = Some("ak_old".to_owned());
    successor.created_at = at(10);
    successor
}

/// A store in which `old` is replaced from second 20 on.
async fn rotated<S: ApiKeyStore>(store: S, old: &ApiKeyRecord) -> (S, Result<(), RotateError>) {
    let store = holding(store, std::slice::from_ref(old)).await;
    let rotated = store.rotate("ak_old", at(20), &successor()).await;
    (store, rotated)
}

pub(crate) async fn a_rotation_inserts_the_successor_and_expires_the_old_api_key(
    store: impl ApiKeyStore,
) {
    let (store, rotated) = rotated(store, &key("old")).await;
    rotated.unwrap();
    let mut old = key("old");
    old.expires_at = Some(at(20));
    assert_eq!(stored(&store, "old").await, old);
    assert_eq!(stored(&store, "successor").await, successor());
    assert_eq!(prefixes(&store, None).await, ["ak_successor", "ak_old"]);
}

pub(crate) async fn a_rotation_does_not_extend_the_expiry_of_the_old_api_key(
    store: impl ApiKeyStore,
) {
    let mut old = key("old");
    old.expires_at = Some(at(15));
    let (store, rotated) = rotated(store, &old).await;
    rotated.unwrap();
    assert_eq!(stored(&store, "old").await, old);

    let mut later = key("later");
    later.expires_at = Some(at(500));
    store.insert(&later).await.unwrap();
    let mut successor = second();
    successor.replaces = Some("ak_later".to_owned());
    store.rotate("ak_later", at(20), &successor).await.unwrap();
    assert_eq!(stored(&store, "later").await.expires_at, Some(at(20)));
}

/// Another successor of the same key.
fn second() -> ApiKeyRecord {
    let mut second = successor();
    second.prefix = "ak_second".to_owned();
    second.digest = digest("second");
    second
}

pub(crate) async fn an_api_key_is_rotated_once(store: impl ApiKeyStore) {
    let (store, rotated) = rotated(store, &key("old")).await;
    rotated.unwrap();
    // Also after it was revoked: the error names the successor, which can be rotated instead.
    for revoked in [false, true] {
        if revoked {
            assert!(store.revoke("ak_old", at(11)).await.unwrap());
        }
        let refused = store.rotate("ak_old", at(5), &second()).await.unwrap_err();
        assert!(
            matches!(&refused, RotateError::Replaced { by } if by == "ak_successor"),
            "{refused:?}"
        );
        assert_eq!(stored(&store, "old").await.expires_at, Some(at(20)));
        assert_eq!(prefixes(&store, None).await, ["ak_successor", "ak_old"]);
    }
    assert!(store.insert(&second()).await.is_err());
    let mut third = second();
    third.replaces = Some("ak_successor".to_owned());
    store.rotate("ak_successor", at(30), &third).await.unwrap();
}

pub(crate) async fn an_ended_api_key_is_not_rotated(store: impl ApiKeyStore) {
    let mut revoked = key("old");
    revoked.revoked_at = Some(at(1));
    let (store, rotated) = rotated(store, &revoked).await;
    let refused = rotated.unwrap_err();
    assert!(matches!(refused, RotateError::Ended), "{refused:?}");
    assert_eq!(stored(&store, "old").await, revoked);

    // To the second at which the successor is made.
    for (expiry, ends) in [(10, true), (11, false)] {
        let name = format!("until{expiry}");
        let mut old = key(&name);
        old.expires_at = Some(at(expiry));
        store.insert(&old).await.unwrap();
        let mut successor = successor();
        successor.replaces = Some(old.prefix.clone());
        let rotated = store.rotate(&old.prefix, at(20), &successor).await;
        assert_eq!(
            matches!(rotated, Err(RotateError::Ended)),
            ends,
            "{rotated:?}"
        );
        assert_eq!(rotated.is_err(), ends, "{rotated:?}");
        assert_eq!(stored(&store, &name).await, old);
    }
}

pub(crate) async fn an_unknown_api_key_is_not_rotated(store: impl ApiKeyStore) {
    let rotated = store.rotate("ak_old", at(20), &successor()).await;
    let refused = rotated.unwrap_err();
    assert!(matches!(refused, RotateError::Unknown), "{refused:?}");
    assert_eq!(store.list(None).await.unwrap(), []);
}

pub(crate) async fn a_rotation_to_an_existing_api_key_changes_no_key(store: impl ApiKeyStore) {
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
