//! The tests of every `SessionStore`. A store runs them with
//!
//! ```text
//! async fn fresh() -> (Store, Kept) { .. }     // an empty store, and what must outlive the test
//! session_store!(fresh);
//! ```

pub(crate) mod concurrency;
pub(crate) mod finding;
pub(crate) mod inserting;
pub(crate) mod listing;
pub(crate) mod removing;
pub(crate) mod renewing;
pub(crate) mod using;

use std::time::{Duration, SystemTime};

use auth_runtime::session::{SessionDigest, SessionRecord, SessionStore};

pub(crate) const ISSUER: &str = "https://issuer.example";
pub(crate) const MINUTE: Duration = Duration::from_secs(60);
pub(crate) const HOUR: Duration = Duration::from_secs(3600);
pub(crate) const DAY: Duration = Duration::from_secs(24 * 3600);

/// One test for each statement, in a module `sessions`.
macro_rules! session_store {
    ($fresh:path) => {
        $crate::sessions::session_store! {
            @statements $fresh, (flavor = "multi_thread", worker_threads = 2), (None::<()>)
        }
    };
    // A store with a time-out, which must not end while a busy machine stops the test.
    ($fresh:path, clock stopped) => {
        $crate::sessions::session_store! {
            @statements $fresh, (start_paused = true), (auth_tests::clock::StoppedClock::start())
        }
    };
    (@statements $fresh:path, $runtime:tt, $clock:tt) => {
        $crate::sessions::session_store! { $fresh, $runtime, $clock =>
            finding: an_inserted_session_is_found_unchanged;
            finding: a_session_with_large_claims_is_found_unchanged;
            finding: an_unknown_session_is_not_found;
            finding: a_found_session_has_the_time_of_the_store;
            inserting: a_session_is_inserted_once;
            inserting: a_new_session_replaces_another;
            inserting: a_refused_session_replaces_nothing;
            inserting: a_new_session_may_replace_an_unknown_one;
            using: a_use_of_a_session_is_recorded_and_changes_nothing_else;
            using: an_earlier_use_of_a_session_does_not_replace_a_later_one;
            using: a_use_of_an_unknown_session_adds_none;
            using: a_used_session_times_out_later_and_never_after_its_end;
            renewing: a_renewed_session_has_a_new_digest_and_keeps_the_rest;
            renewing: a_renewal_can_remove_the_sealed_value;
            renewing: a_session_is_renewed_several_times;
            renewing: a_removed_session_is_not_renewed;
            renewing: a_renewal_to_an_existing_digest_changes_nothing;
            removing: a_session_is_removed_once_and_the_others_stay;
            removing: all_sessions_of_a_subject_are_removed_and_no_others;
            removing: the_other_sessions_of_a_subject_are_removed_and_no_others;
            removing: the_kept_session_still_ends_with_its_issuer_and_its_provider_session;
            removing: all_sessions_end_if_the_kept_one_has_ended;
            removing: all_sessions_of_an_issuer_are_removed_and_no_others;
            removing: all_sessions_of_a_provider_session_are_removed_and_no_others;
            removing: names_with_the_same_letters_are_different_names;
            removing: a_session_inserted_right_after_a_removal_of_all_lives;
            removing: a_session_that_ended_with_all_others_is_not_used_or_renewed;
            removing: a_renewed_session_ends_with_all_others;
            removing: sessions_that_have_timed_out_are_removed;
            listing: the_sessions_of_a_subject_are_listed_newest_first;
            listing: a_changed_session_is_listed_once_as_it_is_now;
            listing: removed_sessions_are_not_listed;
            concurrency: one_of_many_concurrent_inserts_of_one_session_succeeds;
            concurrency: one_of_many_concurrent_renewals_of_one_session_succeeds;
            concurrency: a_concurrent_use_never_brings_a_removed_session_back;
            concurrency: a_session_is_either_removed_or_renewed;
            concurrency: a_concurrent_renewal_never_escapes_a_removal_of_all;
            concurrency: a_concurrent_replacement_leaves_no_replaced_session;
            concurrency: no_session_survives_a_removal_of_all_after_many_concurrent_changes;
        }
    };
    ($fresh:path, $runtime:tt, $clock:tt => $($concern:ident: $statement:ident;)+) => {
        mod sessions {
            use super::*;

            $(
                #[tokio::test $runtime]
                async fn $statement() {
                    let _clock = $clock;
                    let (store, _kept) = $fresh().await;
                    $crate::sessions::$concern::$statement(store).await;
                }
            )+
        }
    };
}
pub(crate) use session_store;

pub(crate) fn digest(number: u16) -> SessionDigest {
    let mut bytes = [0xA5; 32];
    bytes[..2].copy_from_slice(&number.to_be_bytes());
    SessionDigest::from_bytes(bytes)
}

/// The digest as databases show it.
#[cfg(any(feature = "postgres", feature = "redis"))]
pub(crate) fn hex(number: u16) -> String {
    use std::fmt::Write;

    let mut hex = String::new();
    for byte in digest(number).as_bytes() {
        write!(hex, "{byte:02x}").unwrap();
    }
    hex
}

/// A session that starts at `now`, ends after 12 hours, and can be unused for 30 minutes.
pub(crate) fn session(number: u16, subject: &str, now: SystemTime) -> SessionRecord {
    SessionRecord::new(
        digest(number),
        ISSUER,
        subject,
        now,
        30 * MINUTE,
        now + 12 * HOUR,
    )
}

/// The session that was logged in with this one at the provider.
pub(crate) fn with_provider_session(mut session: SessionRecord, id: &str) -> SessionRecord {
    session.provider_session_id = Some(id.to_owned());
    session
}

pub(crate) async fn add(store: &impl SessionStore, sessions: &[SessionRecord]) {
    for session in sessions {
        store.insert(session, None).await.unwrap();
    }
}

/// The session as the store has it now.
pub(crate) async fn stored(store: &impl SessionStore, number: u16) -> Option<SessionRecord> {
    let found = store.find(&digest(number)).await.unwrap();
    found.map(|found| found.session)
}

/// Which of these sessions the store has.
pub(crate) async fn kept(store: &impl SessionStore, numbers: &[u16]) -> Vec<u16> {
    let mut kept = Vec::new();
    for number in numbers {
        if stored(store, *number).await.is_some() {
            kept.push(*number);
        }
    }
    kept
}
