//! When a key was last used.

use auth_runtime::api_key::ApiKeyStore;

use super::{at, full_key, holding, key, stored};

fn used(name: &str, seconds: u64) -> (String, std::time::SystemTime) {
    (format!("ak_{name}"), at(seconds))
}

pub(crate) async fn the_last_use_of_an_api_key_is_recorded(store: impl ApiKeyStore) {
    let store = holding(store, &[full_key("one"), key("two")]).await;
    store.record_use(&[used("one", 7)]).await.unwrap();
    let mut one = full_key("one");
    one.last_used_at = Some(at(7));
    assert_eq!(stored(&store, "one").await, one);
    assert_eq!(stored(&store, "two").await, key("two"));
    store.record_use(&[used("one", 8)]).await.unwrap();
    assert_eq!(stored(&store, "one").await.last_used_at, Some(at(8)));
}

pub(crate) async fn an_earlier_use_does_not_replace_the_last_use(store: impl ApiKeyStore) {
    let store = holding(store, &[key("one")]).await;
    for seconds in [7, 3, 7] {
        store.record_use(&[used("one", seconds)]).await.unwrap();
        assert_eq!(stored(&store, "one").await.last_used_at, Some(at(7)));
    }
}

pub(crate) async fn recording_the_use_of_an_unknown_prefix_changes_no_api_key(
    store: impl ApiKeyStore,
) {
    let store = holding(store, &[key("one")]).await;
    let uses = [used("gone", 7), used("one", 8), used("on_", 9)];
    store.record_use(&uses).await.unwrap();
    assert_eq!(store.list(None).await.unwrap().len(), 1);
    assert_eq!(stored(&store, "one").await.last_used_at, Some(at(8)));
}

pub(crate) async fn many_last_uses_are_recorded_at_once(store: impl ApiKeyStore) {
    let names: Vec<_> = (0..300).map(|number| format!("n{number}")).collect();
    let keys: Vec<_> = names.iter().map(|name| key(name)).collect();
    let store = holding(store, &keys).await;
    let uses: Vec<_> = (1..)
        .zip(&names)
        .map(|(second, name)| used(name, second))
        .collect();
    store.record_use(&uses).await.unwrap();
    for key in store.list(None).await.unwrap() {
        let number: u64 = key.prefix["ak_n".len()..].parse().unwrap();
        assert_eq!(key.last_used_at, Some(at(number + 1)), "{}", key.prefix);
    }
}

pub(crate) async fn recording_an_empty_list_of_uses_is_not_an_error(store: impl ApiKeyStore) {
    store.record_use(&[]).await.unwrap();
}
