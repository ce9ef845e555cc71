//! An insert succeeds only for a new key.

use auth_runtime::api_key::ApiKeyStore;

use super::{digest, full_key, holding, key, prefixes, stored};

pub(crate) async fn an_api_key_prefix_is_inserted_once(store: impl ApiKeyStore) {
    let store = holding(store, &[key("one")]).await;
    let mut again = full_key("two");
    again.prefix = key("one").prefix;
    assert!(store.insert(&again).await.is_err());
    assert_eq!(stored(&store, "one").await, key("one"));
}

pub(crate) async fn an_api_key_digest_is_inserted_once(store: impl ApiKeyStore) {
    let store = holding(store, &[key("one")]).await;
    let mut again = full_key("two");
    again.digest = key("one").digest;
    assert!(store.insert(&again).await.is_err());
    assert_eq!(stored(&store, "one").await, key("one"));
}

pub(crate) async fn a_refused_insert_leaves_no_api_key_behind(store: impl ApiKeyStore) {
    let store = holding(store, &[key("one")]).await;
    let mut same_prefix = full_key("two");
    same_prefix.prefix = key("one").prefix;
    let mut same_digest = full_key("three");
    same_digest.digest = key("one").digest;
    for refused in [same_prefix, same_digest] {
        assert!(store.insert(&refused).await.is_err());
    }
    assert_eq!(prefixes(&store, None).await, ["ak_one"]);
    assert_eq!(store.find(&digest("two")).await.unwrap(), None);
    // The names of the refused keys are free.
    store.insert(&key("two")).await.unwrap();
    store.insert(&key("three")).await.unwrap();
}
