//! The tests of every `ApiKeyStore`. A store runs them with
//!
//! ```text
//! async fn fresh() -> (Store, Kept) { .. }     // an empty store, and what must outlive the test
//! api_key_store!(fresh);
//! ```

pub(crate) mod concurrency;
pub(crate) mod finding;
pub(crate) mod inserting;
pub(crate) mod last_use;
pub(crate) mod listing;
pub(crate) mod revoking;
pub(crate) mod rotating;

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use auth_runtime::api_key::{ApiKeyDigest, ApiKeyRecord, ApiKeyStore};

/// One test for each statement, in a module `api_keys`.
macro_rules! api_key_store {
    ($fresh:path) => {
        $crate::api_keys::api_key_store! {
            @statements $fresh, (flavor = "multi_thread", worker_threads = 2), (None::<()>)
        }
    };
    // A store with a time-out, which must not end while a busy machine stops the test.
    ($fresh:path, clock stopped) => {
        $crate::api_keys::api_key_store! {
            @statements $fresh, (start_paused = true), (auth_tests::clock::StoppedClock::start())
        }
    };
    (@statements $fresh:path, $runtime:tt, $clock:tt) => {
        $crate::api_keys::api_key_store! { $fresh, $runtime, $clock =>
            finding: an_inserted_api_key_is_found_unchanged;
            finding: an_unknown_digest_finds_no_api_key;
            finding: an_api_key_digest_is_compared_to_its_last_bit;
            finding: revoked_and_expired_api_keys_are_found;
            finding: texts_of_an_api_key_survive_storage;
            finding: an_api_key_is_found_by_its_prefix;
            inserting: an_api_key_prefix_is_inserted_once;
            inserting: an_api_key_digest_is_inserted_once;
            inserting: a_refused_insert_leaves_no_api_key_behind;
            listing: an_empty_store_lists_no_api_keys;
            listing: api_keys_are_listed_newest_first;
            listing: api_keys_are_listed_for_their_owner;
            listing: a_list_of_api_keys_may_exceed_one_page;
            last_use: the_last_use_of_an_api_key_is_recorded;
            last_use: an_earlier_use_does_not_replace_the_last_use;
            last_use: recording_the_use_of_an_unknown_prefix_changes_no_api_key;
            last_use: many_last_uses_are_recorded_at_once;
            last_use: recording_an_empty_list_of_uses_is_not_an_error;
            revoking: a_revoked_api_key_has_its_revocation_time;
            revoking: a_second_revocation_keeps_the_first_revocation_time;
            revoking: revoking_an_unknown_prefix_revokes_no_api_key;
            revoking: an_api_key_prefix_is_not_a_pattern;
            rotating: a_rotation_inserts_the_successor_and_expires_the_old_api_key;
            rotating: a_rotation_does_not_extend_the_expiry_of_the_old_api_key;
            rotating: an_api_key_is_rotated_once;
            rotating: an_ended_api_key_is_not_rotated;
            rotating: an_unknown_api_key_is_not_rotated;
            rotating: a_rotation_to_an_existing_api_key_changes_no_key;
            concurrency: one_of_many_concurrent_inserts_of_one_prefix_succeeds;
            concurrency: a_revoked_api_key_is_never_rotated_afterwards;
            concurrency: one_of_many_concurrent_rotations_of_one_api_key_succeeds;
            concurrency: an_api_key_revoked_concurrently_has_one_revocation_time;
            concurrency: last_uses_recorded_by_many_nodes_keep_the_latest;
            concurrency: readers_never_see_a_partial_rotation;
        }
    };
    ($fresh:path, $runtime:tt, $clock:tt => $($concern:ident: $statement:ident;)+) => {
        mod api_keys {
            use super::*;

            $(
                #[tokio::test $runtime]
                async fn $statement() {
                    let _clock = $clock;
                    let (store, _kept) = $fresh().await;
                    $crate::api_keys::$concern::$statement(store).await;
                }
            )+
        }
    };
}
pub(crate) use api_key_store;

/// A key with its name only.
pub(crate) fn key(name: &str) -> ApiKeyRecord {
    ApiKeyRecord::new(format!("ak_{name}"), digest(name), "alice", at(0))
}

/// A key with all optional data.
pub(crate) fn full_key(name: &str) -> ApiKeyRecord {
    let mut key = key(name);
    key.description = "nightly export".to_owned();
    key.scopes = vec!["orders:read".to_owned(), "orders:write".to_owned()];
    key.roles = vec!["machine".to_owned()];
    key.expires_at = Some(at(3600));
    key.replaces = Some(format!("ak_before_{name}"));
    key
}

pub(crate) fn digest(name: &str) -> ApiKeyDigest {
    let mut bytes = [0xA5; 32];
    for (byte, letter) in bytes.iter_mut().zip(name.bytes()) {
        *byte = letter;
    }
    ApiKeyDigest::from_bytes(bytes)
}

/// Seconds after a moment of the suite: stores keep whole seconds.
pub(crate) fn at(seconds: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(1_700_000_000 + seconds)
}

/// A store with these keys.
async fn holding<S: ApiKeyStore>(store: S, keys: &[ApiKeyRecord]) -> S {
    for key in keys {
        store.insert(key).await.unwrap();
    }
    store
}

/// The key with this name as the store has it now.
async fn stored(store: &impl ApiKeyStore, name: &str) -> ApiKeyRecord {
    let found = store.find(&digest(name)).await.unwrap();
    found.unwrap_or_else(|| panic!("no key {name}"))
}

async fn prefixes(store: &impl ApiKeyStore, owner: Option<&str>) -> Vec<String> {
    let keys = store.list(owner).await.unwrap();
    keys.into_iter().map(|key| key.prefix).collect()
}
