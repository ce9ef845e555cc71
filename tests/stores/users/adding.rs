//! Adding users.

use auth_runtime::users::{User, UserStore};
use futures_util::future::join_all;

use super::{Administration, HASH, OTHER_HASH, seen};

pub(crate) async fn adding_a_user_again_changes_nothing<S: UserStore, K: Administration>(
    with: impl AsyncFn(&[(&str, User)]) -> (S, K),
) {
    let (store, administration) = with(&[]).await;
    let first = User::new(HASH).scopes(["a"]).roles(["b"]).locked(true);
    assert!(administration.add("alice", &first).await);
    assert!(!administration.add("alice", &User::new(OTHER_HASH)).await);
    assert_eq!(seen(&store, "alice").await, Some(format!("{first:?}")));
    let stored = administration.password_hash("alice").await;
    assert_eq!(stored.as_deref(), Some(HASH));
    assert!(administration.add("Alice", &User::new(OTHER_HASH)).await);
}

pub(crate) async fn one_of_many_concurrent_registrations_of_a_name_adds_the_user<
    S: UserStore,
    K: Administration,
>(
    with: impl AsyncFn(&[(&str, User)]) -> (S, K),
) {
    let (store, administration) = with(&[]).await;
    let roles: Vec<_> = (0..20).map(|number| number.to_string()).collect();
    let users = roles.iter().map(|role| User::new(HASH).roles([role]));
    let users: Vec<_> = users.collect();
    let added = join_all(users.iter().map(|user| administration.add("alice", user))).await;
    let winners = users.iter().zip(added).filter(|(_, added)| *added);
    let winners: Vec<_> = winners.map(|(user, _)| Some(format!("{user:?}"))).collect();
    assert_eq!(winners, [seen(&store, "alice").await]);
}
