//! The tests of every `UserStore`. A store runs them with
//!
//! ```text
//! async fn with(users: &[(&str, User)]) -> (Store, Kept) { .. }
//! user_store!(with);          // finding users: also those in a list or a file
//! user_database!(with);       // changing them: `Kept` is an `Administration`
//! ```

pub(crate) mod adding;
pub(crate) mod finding;
pub(crate) mod replacing;

use auth_runtime::users::{User, UserStore};

/// The administration of a store: what the application writes to it and reads from it.
pub(crate) trait Administration {
    /// Returns `false` if the name is taken.
    async fn add(&self, name: &str, user: &User) -> bool;

    async fn put(&self, name: &str, user: &User);

    /// Returns `false` if there is no user with this name.
    async fn set_password_hash(&self, name: &str, hash: &str) -> bool;

    async fn password_hash(&self, name: &str) -> Option<String>;
}

macro_rules! user_store {
    ($with:path) => {
        $crate::users::user_store! { users, $with =>
            finding: a_stored_user_is_found_unchanged;
            finding: an_unknown_name_finds_no_user;
            finding: a_stored_user_name_is_compared_exactly;
            finding: user_names_scopes_and_roles_survive_storage;
        }
    };
    // One test for each statement.
    ($module:ident, $with:path => $($concern:ident: $statement:ident;)+) => {
        mod $module {
            use super::*;

            $(
                #[tokio::test]
                async fn $statement() {
                    $crate::users::$concern::$statement($with).await;
                }
            )+
        }
    };
}
pub(crate) use user_store;

macro_rules! user_database {
    ($with:path) => {
        $crate::users::user_store! { users_in_a_database, $with =>
            finding: a_user_expiry_survives_storage;
            adding: adding_a_user_again_changes_nothing;
            adding: one_of_many_concurrent_registrations_of_a_name_adds_the_user;
            replacing: a_new_password_hash_keeps_a_locked_user_locked;
            replacing: putting_a_user_again_replaces_all_their_data;
            replacing: a_password_hash_is_replaced_by_a_new_one;
            replacing: a_password_hash_that_changed_meanwhile_is_not_replaced;
            replacing: replacing_the_hash_of_an_unknown_user_creates_no_user;
            replacing: one_of_two_concurrent_new_hashes_is_stored;
        }
    };
}
pub(crate) use user_database;

/// A hash of the password `secret` with the lowest cost.
pub(crate) const HASH: &str = "$argon2id$v=19$m=8,t=1,p=1$MTIzNDU2Nzg$FrU+NwEIycX6TirU";
pub(crate) const OTHER_HASH: &str = "$argon2id$v=19$m=8,t=1,p=1$MTIzNDU2Nzg$AAU+NwEIycX6TirU";
const NEW_HASH: &str = "$argon2id$v=19$m=16,t=2,p=1$MTIzNDU2Nzg$BBU+NwEIycX6TirU";

/// All public data of a user, which excludes the hash.
async fn seen(store: &impl UserStore, name: &str) -> Option<String> {
    let found = store.find(name).await.unwrap();
    found.map(|user| format!("{user:?}"))
}
