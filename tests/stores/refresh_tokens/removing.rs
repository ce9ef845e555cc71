//! Families that end.

use auth_runtime::refresh_token::{RefreshTokenFamily, RefreshTokenStore};

use super::{SHOP, at, family, holding, kept};

fn started(id: &str, subject: &str, seconds: u64) -> RefreshTokenFamily {
    let mut family = family(id, subject);
    family.started_at = at(seconds);
    family
}

pub(crate) async fn removing_a_family_keeps_the_others(store: impl RefreshTokenStore) {
    let store = holding(store, &[family("one", "alice"), family("two", "alice")]).await;
    assert!(store.remove("one").await.unwrap());
    assert!(!store.remove("one").await.unwrap());
    assert_eq!(kept(&store, &["one", "two"]).await, ["two"]);
}

pub(crate) async fn the_families_of_a_subject_are_removed_up_to_a_time(
    store: impl RefreshTokenStore,
) {
    let mut elsewhere = started("elsewhere", "alice", 1);
    elsewhere.issuer = "https://other.example".to_owned();
    let families = [
        started("before", "alice", 1),
        started("at", "alice", 2),
        started("after", "alice", 3),
        started("bob", "bob", 1),
        started("case", "Alice", 1),
        elsewhere,
    ];
    let store = holding(store, &families).await;
    store
        .remove_started(SHOP, Some("alice"), at(2))
        .await
        .unwrap();
    let ids = ["before", "at", "after", "bob", "case", "elsewhere"];
    let left = ["after", "bob", "case", "elsewhere"];
    assert_eq!(kept(&store, &ids).await, left);
}

pub(crate) async fn the_families_of_an_issuer_are_removed_up_to_a_time(
    store: impl RefreshTokenStore,
) {
    let mut elsewhere = started("elsewhere", "alice", 1);
    elsewhere.issuer = "https://other.example".to_owned();
    let families = [
        started("alice", "alice", 1),
        started("bob", "bob", 2),
        started("after", "bob", 3),
        elsewhere,
    ];
    let store = holding(store, &families).await;
    store.remove_started(SHOP, None, at(2)).await.unwrap();
    let ids = ["alice", "bob", "after", "elsewhere"];
    assert_eq!(kept(&store, &ids).await, ["after", "elsewhere"]);
}

pub(crate) async fn expired_families_are_removed(store: impl RefreshTokenStore) {
    let expiring = |id: &str, seconds| {
        let mut family = family(id, "alice");
        family.expires_at = at(seconds);
        family
    };
    let families = [
        expiring("before", 99),
        expiring("at", 100),
        expiring("after", 101),
    ];
    let store = holding(store, &families).await;
    store.remove_expired(at(100)).await.unwrap();
    assert_eq!(kept(&store, &["before", "at", "after"]).await, ["after"]);
}
