//! A user is found by their exact name.

use auth_runtime::{User, UserStore};

use super::{Administration, HASH, seen};
use crate::api_keys::at;

fn full() -> User {
    User::new(HASH)
        .scopes(["orders:read", "orders:write"])
        .roles(["support"])
        .locked(true)
        .expires_at(at(3600))
}

pub(crate) async fn a_user_is_found_as_they_were_put(
    store: impl UserStore,
    administration: impl Administration,
) {
    for (name, user) in [("plain", User::new(HASH)), ("full", full())] {
        administration.put(name, &user).await;
        assert_eq!(seen(&store, name).await, Some(format!("{user:?}")));
        let hash = administration.password_hash(name).await;
        assert_eq!(hash.as_deref(), Some(HASH));
    }
}

pub(crate) async fn an_unknown_name_is_no_user(
    store: impl UserStore,
    administration: impl Administration,
) {
    assert!(store.find("alice").await.unwrap().is_none());
    administration.put("alice", &full()).await;
    let long = "a".repeat(10_000);
    for unknown in ["bob", "", "\0", "alice\0", "\u{7f}", "日本語", &long] {
        assert!(store.find(unknown).await.unwrap().is_none(), "{unknown:?}");
    }
}

pub(crate) async fn a_name_is_compared_exactly(
    store: impl UserStore,
    administration: impl Administration,
) {
    administration.put("Zoë", &full()).await;
    assert!(store.find("Zoë").await.unwrap().is_some());
    for other in [
        "zoë",
        "ZOË",
        "Zoe",
        "Zoe\u{308}",
        "Zoë ",
        " Zoë",
        "Zo%",
        "Zo_",
        "Z",
    ] {
        assert!(store.find(other).await.unwrap().is_none(), "{other:?}");
    }
}

pub(crate) async fn names_and_words_come_back_as_they_were(
    store: impl UserStore,
    administration: impl Administration,
) {
    let user = User::new(HASH)
        .scopes(["a,b", "[c]", "!#'~"])
        .roles(["%", "{}"]);
    for name in ["x'; DROP TABLE auth_users; --", "日本語 🔑", "\\\"$1 ?1"] {
        administration.put(name, &user).await;
        assert_eq!(seen(&store, name).await, Some(format!("{user:?}")));
    }
}

pub(crate) async fn what_is_put_again_is_replaced_whole(
    store: impl UserStore,
    administration: impl Administration,
) {
    administration.put("alice", &full()).await;
    administration.put("bob", &full()).await;
    let plain = User::new("$argon2id$other");
    administration.put("alice", &plain).await;
    assert_eq!(seen(&store, "alice").await, Some(format!("{plain:?}")));
    let hash = administration.password_hash("alice").await;
    assert_eq!(hash.as_deref(), Some("$argon2id$other"));
    assert_eq!(seen(&store, "bob").await, Some(format!("{:?}", full())));
}
