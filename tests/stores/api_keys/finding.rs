//! A key is found by its digest only.

use auth_runtime::api_key::{ApiKeyDigest, ApiKeyStore};

use super::{at, digest, full_key, holding, key, stored};

pub(crate) async fn an_inserted_api_key_is_found_unchanged(store: impl ApiKeyStore) {
    let store = holding(store, &[key("plain"), full_key("full")]).await;
    assert_eq!(stored(&store, "plain").await, key("plain"));
    assert_eq!(stored(&store, "full").await, full_key("full"));
}

pub(crate) async fn an_unknown_digest_finds_no_api_key(store: impl ApiKeyStore) {
    assert_eq!(store.find(&digest("one")).await.unwrap(), None);
    let store = holding(store, &[key("one")]).await;
    assert_eq!(store.find(&digest("two")).await.unwrap(), None);
}

pub(crate) async fn an_api_key_digest_is_compared_to_its_last_bit(store: impl ApiKeyStore) {
    let mut zeros = key("zeros");
    zeros.digest = ApiKeyDigest::from_bytes([0; 32]);
    let store = holding(store, &[zeros.clone()]).await;
    let found = store.find(&zeros.digest).await.unwrap();
    assert_eq!(found, Some(zeros));
    for position in 0..32 {
        let mut bytes = [0; 32];
        bytes[position] = 1;
        let other = ApiKeyDigest::from_bytes(bytes);
        assert_eq!(store.find(&other).await.unwrap(), None, "byte {position}");
    }
}

pub(crate) async fn revoked_and_expired_api_keys_are_found(store: impl ApiKeyStore) {
    let mut expired = key("expired");
    expired.expires_at = Some(at(1));
    let mut revoked = key("revoked");
    revoked.revoked_at = Some(at(2));
    let store = holding(store, &[expired.clone(), revoked.clone()]).await;
    assert_eq!(stored(&store, "expired").await, expired);
    assert_eq!(stored(&store, "revoked").await, revoked);
}

pub(crate) async fn texts_of_an_api_key_survive_storage(store: impl ApiKeyStore) {
    let mut odd = key("odd");
    odd.owner = "Zoë O'Hara; DROP TABLE api_keys; --".to_owned();
    odd.description = "line one\nline two\t\"quoted\" \\ 日本語 🔑 ".to_owned();
    odd.scopes = vec!["a,b".to_owned(), "[c]".to_owned(), "!#'~".to_owned()];
    odd.roles = vec!["%".to_owned(), "{}".to_owned()];
    let store = holding(store, &[odd.clone()]).await;
    assert_eq!(stored(&store, "odd").await, odd);
    let listed = store.list(Some(&odd.owner)).await.unwrap();
    assert_eq!(listed, [odd]);
}

pub(crate) async fn an_api_key_is_found_by_its_prefix(store: impl ApiKeyStore) {
    let mut revoked = full_key("revoked");
    revoked.revoked_at = Some(at(2));
    let store = holding(store, &[key("one"), revoked.clone()]).await;
    assert_eq!(
        store.find_by_prefix("ak_one").await.unwrap(),
        Some(key("one"))
    );
    assert_eq!(
        store.find_by_prefix("ak_revoked").await.unwrap(),
        Some(revoked)
    );
    for other in ["ak_on%", "ak_on_", "AK_ONE", "ak_one ", "ak_", ""] {
        assert_eq!(
            store.find_by_prefix(other).await.unwrap(),
            None,
            "{other:?}"
        );
    }
}
