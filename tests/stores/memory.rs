//! The stores in memory.

use auth_runtime::api_key::MemoryApiKeys;
use auth_runtime::refresh_token::MemoryRefreshTokens;
use auth_runtime::session::MemorySessions;
use auth_runtime::users::{User, Users};

use crate::api_keys::{api_key_store, at, key};
use crate::refresh_tokens::refresh_token_store;
use crate::sessions::session_store;
use crate::users::user_store;

#[allow(clippy::unused_async, reason = "the suite asks every store like this")]
async fn fresh() -> (MemoryApiKeys, ()) {
    (MemoryApiKeys::new(), ())
}

async fn with(users: &[(&str, User)]) -> (Users, ()) {
    let list = users.iter().fold(Users::new(), |list, (name, user)| {
        list.add(*name, user.clone())
    });
    (list, ())
}

async fn fresh_refresh_tokens() -> (MemoryRefreshTokens, ()) {
    (MemoryRefreshTokens::new(), ())
}

async fn fresh_sessions() -> (MemorySessions, ()) {
    (MemorySessions::new(), ())
}

api_key_store!(fresh);
refresh_token_store!(fresh_refresh_tokens);
session_store!(fresh_sessions);
user_store!(with);

#[tokio::test]
async fn a_list_of_api_keys_is_a_store() {
    use auth_runtime::api_key::ApiKeyStore;

    let store = MemoryApiKeys::with_keys([key("one"), key("two")]).unwrap();
    let found = store.find(&key("two").digest).await.unwrap();
    assert_eq!(found, Some(key("two")));
    // A clone is the same store.
    assert!(store.clone().revoke("ak_one", at(1)).await.unwrap());
    let found = store.find(&key("one").digest).await.unwrap().unwrap();
    assert_eq!(found.revoked_at, Some(at(1)));
}

#[test]
fn a_list_of_api_keys_names_each_key_once() {
    let mut renamed = key("one");
    renamed.prefix = "ak_other".to_owned();
    for twice in [key("one"), renamed] {
        assert!(MemoryApiKeys::with_keys([key("one"), twice]).is_err());
    }
}

#[test]
fn debug_output_of_a_memory_store_shows_its_number_of_entries() {
    let store = MemoryApiKeys::with_keys([key("one")]).unwrap();
    assert_eq!(format!("{store:?}"), "MemoryApiKeys { keys: 1 }");
}

/// A store with the required methods only.
mod required_methods_only {
    use std::time::SystemTime;

    use auth_runtime::BoxError;
    use auth_runtime::api_key::{
        ApiKeyDigest, ApiKeyRecord, ApiKeyStore, MemoryApiKeys, RotateError,
    };

    use crate::api_keys::api_key_store;

    struct Plain(MemoryApiKeys);

    impl ApiKeyStore for Plain {
        async fn find(&self, digest: &ApiKeyDigest) -> Result<Option<ApiKeyRecord>, BoxError> {
            self.0.find(digest).await
        }

        async fn list(&self, owner: Option<&str>) -> Result<Vec<ApiKeyRecord>, BoxError> {
            self.0.list(owner).await
        }

        async fn insert(&self, key: &ApiKeyRecord) -> Result<(), BoxError> {
            self.0.insert(key).await
        }

        async fn revoke(&self, prefix: &str, time: SystemTime) -> Result<bool, BoxError> {
            self.0.revoke(prefix, time).await
        }

        async fn rotate(
            &self,
            prefix: &str,
            time: SystemTime,
            successor: &ApiKeyRecord,
        ) -> Result<(), RotateError> {
            self.0.rotate(prefix, time, successor).await
        }

        async fn record_use(&self, uses: &[(String, SystemTime)]) -> Result<(), BoxError> {
            self.0.record_use(uses).await
        }
    }

    #[allow(clippy::unused_async, reason = "the suite asks every store like this")]
    async fn fresh() -> (Plain, ()) {
        (Plain(MemoryApiKeys::new()), ())
    }

    api_key_store!(fresh);
}
