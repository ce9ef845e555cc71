//! The stores in memory.

use auth_runtime::{MemoryApiKeys, User, Users};

use crate::api_keys::{api_key_store, at, key};
use crate::users::user_store;

#[allow(clippy::unused_async, reason = "the suite asks every store like this")]
async fn fresh() -> (MemoryApiKeys, ()) {
    (MemoryApiKeys::new(), ())
}

async fn with(users: &[(&str, User)]) -> (Users, ()) {
    let list = users.iter().fold(Users::new(), |list, (name, user)| {
        list.user(*name, user.clone())
    });
    (list, ())
}

api_key_store!(fresh);
user_store!(with);

#[tokio::test]
async fn a_list_is_a_store_from_the_start() {
    use auth_runtime::ApiKeyStore;

    let store = MemoryApiKeys::with_keys([key("one"), key("two")]).unwrap();
    let found = store.find(&key("two").digest).await.unwrap();
    assert_eq!(found, Some(key("two")));
    // A clone is the same store.
    assert!(store.clone().revoke("ak_one", at(1)).await.unwrap());
    let found = store.find(&key("one").digest).await.unwrap().unwrap();
    assert_eq!(found.revoked_at, Some(at(1)));
}

#[test]
fn a_list_names_each_key_once() {
    let mut renamed = key("one");
    renamed.prefix = "ak_other".to_owned();
    for twice in [key("one"), renamed] {
        assert!(MemoryApiKeys::with_keys([key("one"), twice]).is_err());
    }
}

#[test]
fn what_is_printed_of_a_store_is_how_much_it_holds() {
    let store = MemoryApiKeys::with_keys([key("one")]).unwrap();
    assert_eq!(format!("{store:?}"), "MemoryApiKeys { keys: 1 }");
}
