//! A revoked key stays revoked.

use auth_runtime::api_key::ApiKeyStore;

use super::{at, full_key, holding, key, stored};

pub(crate) async fn a_revoked_api_key_has_its_revocation_time(store: impl ApiKeyStore) {
    let store = holding(store, &[full_key("one"), full_key("two")]).await;
    assert!(store.revoke("ak_one", at(5)).await.unwrap());
    let mut revoked = full_key("one");
    revoked.revoked_at = Some(at(5));
    assert_eq!(stored(&store, "one").await, revoked);
    assert_eq!(stored(&store, "two").await, full_key("two"));
}

pub(crate) async fn a_second_revocation_keeps_the_first_revocation_time(store: impl ApiKeyStore) {
    let store = holding(store, &[key("one")]).await;
    for time in [5, 9, 1] {
        assert!(store.revoke("ak_one", at(time)).await.unwrap());
        assert_eq!(stored(&store, "one").await.revoked_at, Some(at(5)));
    }
}

pub(crate) async fn revoking_an_unknown_prefix_revokes_no_api_key(store: impl ApiKeyStore) {
    assert!(!store.revoke("ak_one", at(5)).await.unwrap());
    let store = holding(store, &[key("one")]).await;
    assert!(!store.revoke("ak_two", at(5)).await.unwrap());
}

pub(crate) async fn an_api_key_prefix_is_not_a_pattern(store: impl ApiKeyStore) {
    let store = holding(store, &[key("one")]).await;
    for other in [
        "ak%one", "ak_on_", "ak_on%", "%", "AK_ONE", "ak_", "", "ak_one ",
    ] {
        assert!(!store.revoke(other, at(5)).await.unwrap(), "{other:?}");
    }
    assert_eq!(stored(&store, "one").await, key("one"));
}
