//! What every `UserStore` promises. A store runs all of it with
//!
//! ```text
//! async fn fresh() -> (Store, Administration) { .. }      // an empty store, and its other side
//! user_store!(fresh);
//! ```

pub(crate) mod finding;
pub(crate) mod rehashing;

use auth_runtime::{User, UserStore};

/// The other side of a store: what the application writes to it, and sees in it.
pub(crate) trait Administration {
    async fn put(&self, name: &str, user: &User);

    async fn password_hash(&self, name: &str) -> Option<String>;
}

/// One test for each statement, in a module `users`.
macro_rules! user_store {
    ($fresh:path) => {
        $crate::users::user_store! { $fresh =>
            finding: a_user_is_found_as_they_were_put;
            finding: an_unknown_name_is_no_user;
            finding: a_name_is_compared_exactly;
            finding: names_and_words_come_back_as_they_were;
            finding: what_is_put_again_is_replaced_whole;
            rehashing: a_hash_is_replaced_by_a_better_one;
            rehashing: a_hash_that_changed_meanwhile_stays;
            rehashing: nobody_is_made_by_a_new_hash;
            rehashing: of_two_new_hashes_one_stays;
        }
    };
    ($fresh:path => $($concern:ident: $statement:ident;)+) => {
        mod users {
            use super::*;

            $(
                #[tokio::test]
                async fn $statement() {
                    let (store, administration) = $fresh().await;
                    $crate::users::$concern::$statement(store, administration).await;
                }
            )+
        }
    };
}
pub(crate) use user_store;

const HASH: &str = "$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHQ$aGFzaGhhc2hoYXNo";

/// All that can be seen of a user from outside, which is not the hash.
async fn seen(store: &impl UserStore, name: &str) -> Option<String> {
    let found = store.find(name).await.unwrap();
    found.map(|user| format!("{user:?}"))
}
