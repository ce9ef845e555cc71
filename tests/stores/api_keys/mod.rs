//! What every `ApiKeyStore` promises. A store runs all of it with
//!
//! ```text
//! async fn fresh() -> (Store, Kept) { .. }     // an empty store, and what has to outlive the test
//! api_key_store!(fresh);
//! ```

pub(crate) mod finding;
pub(crate) mod inserting;
pub(crate) mod listing;
pub(crate) mod noting_use;
pub(crate) mod revoking;
pub(crate) mod rotating;
pub(crate) mod together;

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
            finding: a_key_is_found_as_it_was_inserted;
            finding: an_unknown_digest_is_no_key;
            finding: a_digest_is_compared_to_its_last_bit;
            finding: revoked_and_expired_keys_are_found;
            finding: texts_come_back_as_they_were;
            finding: a_prefix_names_its_key;
            inserting: a_prefix_is_inserted_once;
            inserting: a_digest_is_inserted_once;
            inserting: a_refused_key_leaves_nothing_behind;
            listing: an_empty_store_lists_nothing;
            listing: the_newest_key_comes_first;
            listing: an_owner_sees_their_own_keys;
            listing: a_list_is_longer_than_a_page;
            noting_use: the_last_use_is_noted;
            noting_use: an_earlier_use_changes_nothing;
            noting_use: an_unknown_prefix_changes_nothing;
            noting_use: many_uses_are_noted_at_once;
            noting_use: no_uses_are_no_error;
            revoking: a_revoked_key_says_since_when;
            revoking: a_key_that_is_revoked_already_keeps_its_time;
            revoking: an_unknown_prefix_is_not_revoked;
            revoking: a_prefix_is_no_pattern;
            rotating: the_successor_is_there_and_the_old_key_expires;
            rotating: a_key_that_expires_sooner_keeps_its_expiry;
            rotating: a_key_is_replaced_once;
            rotating: a_key_that_has_ended_is_not_rotated;
            rotating: an_unknown_key_is_not_rotated;
            rotating: a_successor_that_is_there_already_changes_nothing;
            together: of_many_inserts_of_one_prefix_one_succeeds;
            together: a_key_is_never_both_revoked_and_replaced_after;
            together: of_many_rotations_of_one_key_one_succeeds;
            together: a_key_revoked_by_many_has_one_time;
            together: uses_noted_by_many_nodes_leave_the_last;
            together: readers_never_see_half_a_rotation;
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

/// A key without anything but its name.
pub(crate) fn key(name: &str) -> ApiKeyRecord {
    ApiKeyRecord::new(format!("ak_{name}"), digest(name), "alice", at(0))
}

/// A key with everything.
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
