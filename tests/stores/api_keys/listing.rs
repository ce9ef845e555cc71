//! Lists of keys.

use auth_runtime::api_key::ApiKeyStore;

use super::{at, full_key, holding, key, prefixes};

pub(crate) async fn an_empty_store_lists_no_api_keys(store: impl ApiKeyStore) {
    assert_eq!(store.list(None).await.unwrap(), []);
    assert_eq!(store.list(Some("alice")).await.unwrap(), []);
}

pub(crate) async fn api_keys_are_listed_newest_first(store: impl ApiKeyStore) {
    let made = |name, seconds| {
        let mut key = full_key(name);
        key.created_at = at(seconds);
        key
    };
    let keys = [made("second", 2), made("third", 3), made("first", 1)];
    let store = holding(store, &keys).await;
    let order = ["ak_third", "ak_second", "ak_first"];
    assert_eq!(prefixes(&store, None).await, order);
    assert_eq!(prefixes(&store, Some("alice")).await, order);
    let newest = store.list(None).await.unwrap().remove(0);
    assert_eq!(newest, made("third", 3));
}

pub(crate) async fn api_keys_are_listed_for_their_owner(store: impl ApiKeyStore) {
    let owned = |name, owner: &str| {
        let mut key = key(name);
        key.owner = owner.to_owned();
        key
    };
    let keys = [
        owned("one", "alice"),
        owned("two", "Alice"),
        owned("three", "alic"),
        owned("four", ""),
    ];
    let store = holding(store, &keys).await;
    assert_eq!(prefixes(&store, Some("alice")).await, ["ak_one"]);
    assert_eq!(prefixes(&store, Some("Alice")).await, ["ak_two"]);
    assert_eq!(prefixes(&store, Some("")).await, ["ak_four"]);
    for nobody in ["ali%", "alic_", "*", "alice "] {
        assert_eq!(store.list(Some(nobody)).await.unwrap(), [], "{nobody}");
    }
    assert_eq!(prefixes(&store, None).await.len(), 4);
}

pub(crate) async fn a_list_of_api_keys_may_exceed_one_page(store: impl ApiKeyStore) {
    let keys: Vec<_> = (0..300)
        .map(|number| {
            let mut key = key(&format!("n{number}"));
            key.created_at = at(number);
            key
        })
        .collect();
    let store = holding(store, &keys).await;
    let listed = store.list(None).await.unwrap();
    assert!(listed.iter().eq(keys.iter().rev()));
}
