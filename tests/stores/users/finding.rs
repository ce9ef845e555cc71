//! A user is found by their exact name.

use auth_runtime::users::{User, UserStore};

use super::{Administration, HASH, seen};
use crate::api_keys::at;

fn full() -> User {
    User::new(HASH)
        .scopes(["orders:read", "orders:write"])
        .roles(["support"])
        .locked(true)
}

pub(crate) async fn a_stored_user_is_found_unchanged<S: UserStore, K>(
    with: impl AsyncFn(&[(&str, User)]) -> (S, K),
) {
    let users = [("plain", User::new(HASH)), ("full", full())];
    let (store, _kept) = with(&users).await;
    for (name, user) in users {
        assert_eq!(seen(&store, name).await, Some(format!("{user:?}")));
    }
}

pub(crate) async fn an_unknown_name_finds_no_user<S: UserStore, K>(
    with: impl AsyncFn(&[(&str, User)]) -> (S, K),
) {
    let (store, _kept) = with(&[("alice", full())]).await;
    let long = "a".repeat(10_000);
    for unknown in ["bob", "", "\0", "alice\0", "\u{7f}", "日本語", &long] {
        assert!(store.find(unknown).await.unwrap().is_none(), "{unknown:?}");
    }
}

pub(crate) async fn a_stored_user_name_is_compared_exactly<S: UserStore, K>(
    with: impl AsyncFn(&[(&str, User)]) -> (S, K),
) {
    let (store, _kept) = with(&[("Zoë", full())]).await;
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

pub(crate) async fn user_names_scopes_and_roles_survive_storage<S: UserStore, K>(
    with: impl AsyncFn(&[(&str, User)]) -> (S, K),
) {
    let user = User::new(HASH)
        .scopes(["a,b", "[c]", "!#'~"])
        .roles(["%", "{}"]);
    let names = ["x'; DROP TABLE auth_users; --", "日本語 🔑", "\\\"$1 ?1"];
    let (store, _kept) = with(&names.map(|name| (name, user.clone()))).await;
    for name in names {
        assert_eq!(seen(&store, name).await, Some(format!("{user:?}")));
    }
}

pub(crate) async fn a_user_expiry_survives_storage<S: UserStore, K: Administration>(
    with: impl AsyncFn(&[(&str, User)]) -> (S, K),
) {
    let user = full().expires_at(at(3600));
    let (store, _kept) = with(&[("alice", user.clone())]).await;
    assert_eq!(seen(&store, "alice").await, Some(format!("{user:?}")));
}
