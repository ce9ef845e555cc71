//! The tests of every `RefreshTokenStore`. A store runs them with
//!
//! ```text
//! async fn fresh() -> (Store, Kept) { .. }     // an empty store, and what must outlive the test
//! refresh_token_store!(fresh);
//! ```

pub(crate) mod concurrency;
pub(crate) mod families;
pub(crate) mod removing;

use auth_runtime::refresh_token::{
    RefreshTokenDigest, RefreshTokenFamily, RefreshTokenRotation, RefreshTokenStore,
};

use crate::api_keys::at;

pub(crate) const SHOP: &str = "https://shop.example";

/// One test for each statement, in a module `refresh_tokens`.
macro_rules! refresh_token_store {
    ($fresh:path) => {
        $crate::refresh_tokens::refresh_token_store! {
            @statements $fresh, (flavor = "multi_thread", worker_threads = 2), (None::<()>)
        }
    };
    // A store with a time-out, which must not end while a busy machine stops the test.
    ($fresh:path, clock stopped) => {
        $crate::refresh_tokens::refresh_token_store! {
            @statements $fresh, (start_paused = true), (auth_tests::clock::StoppedClock::start())
        }
    };
    (@statements $fresh:path, $runtime:tt, $clock:tt) => {
        $crate::refresh_tokens::refresh_token_store! { $fresh, $runtime, $clock =>
            families: an_inserted_family_is_found_unchanged;
            families: an_unknown_family_is_not_found;
            families: a_family_is_inserted_once;
            families: a_rotation_replaces_the_token_and_keeps_the_login;
            families: a_rotation_of_another_generation_changes_nothing;
            families: a_removed_family_is_not_rotated;
            removing: removing_a_family_keeps_the_others;
            removing: the_families_of_a_subject_are_removed_up_to_a_time;
            removing: the_families_of_an_issuer_are_removed_up_to_a_time;
            removing: expired_families_are_removed;
            concurrency: one_of_many_concurrent_rotations_of_one_generation_succeeds;
            concurrency: parallel_rotations_on_several_nodes_give_one_successor;
            concurrency: reuse_after_the_grace_period_ends_the_family_on_all_nodes;
            concurrency: a_removed_family_never_comes_back;
        }
    };
    ($fresh:path, $runtime:tt, $clock:tt => $($concern:ident: $statement:ident;)+) => {
        mod refresh_tokens {
            use super::*;

            $(
                #[tokio::test $runtime]
                async fn $statement() {
                    let _clock = $clock;
                    let (store, _kept) = $fresh().await;
                    $crate::refresh_tokens::$concern::$statement(store).await;
                }
            )+
        }
    };
}
pub(crate) use refresh_token_store;

pub(crate) fn digest(byte: u8) -> RefreshTokenDigest {
    RefreshTokenDigest::from_bytes([byte; 32])
}

/// A family that starts at 0 and expires at 100.
pub(crate) fn family(id: &str, subject: &str) -> RefreshTokenFamily {
    RefreshTokenFamily::new(id, SHOP, subject, digest(0), at(0), at(100))
}

pub(crate) fn rotation(id: &str, generation: u32) -> RefreshTokenRotation {
    RefreshTokenRotation::new(id, generation, digest(1), at(10), at(110))
}

/// A store with these families.
async fn holding<S: RefreshTokenStore>(store: S, families: &[RefreshTokenFamily]) -> S {
    for family in families {
        store.insert(family).await.unwrap();
    }
    store
}

/// Which of these families the store has.
async fn kept<'a>(store: &impl RefreshTokenStore, ids: &[&'a str]) -> Vec<&'a str> {
    let mut kept = Vec::new();
    for id in ids {
        if store.find(id).await.unwrap().is_some() {
            kept.push(*id);
        }
    }
    kept
}
