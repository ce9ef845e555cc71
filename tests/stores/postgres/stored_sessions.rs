//! Sessions in PostgreSQL.

use auth_runtime::session::SessionStore;
use auth_runtime::sql::SqlStore;

use super::{fresh, schema};
use crate::sessions::{ISSUER, add, digest, session, stored};

pub(super) async fn every_session_query_works(store: &SqlStore) {
    let now = store.now().await.unwrap();
    let (one, two) = (digest(1), digest(2));
    add(store, &[session(1, "alice", now)]).await;
    assert!(store.record_use(&one).await.unwrap());
    assert!(store.renew(&one, &two, Some(&[1])).await.unwrap());
    let new = session(3, "alice", now);
    store.insert(&new, Some(&two)).await.unwrap();
    let listed = store.list(ISSUER, "alice").await;
    assert_eq!(listed.unwrap(), [new]);
    let removed = store.remove(&digest(3)).await;
    assert!(removed.unwrap());
    store.remove_all(ISSUER, None).await.unwrap();
    store.remove_expired().await.unwrap();
}

#[tokio::test]
async fn a_session_in_postgres_outlives_the_connections() {
    let url = schema().await;
    let store = SqlStore::connect(&url).await.unwrap();
    let now = store.now().await.unwrap();
    add(&store, &[session(1, "alice", now)]).await;
    drop(store);
    let store = SqlStore::connect(&url).await.unwrap();
    assert_eq!(stored(&store, 1).await, Some(session(1, "alice", now)));
}

/// PostgreSQL has no texts with a zero byte, but a provider may send a subject with one.
#[tokio::test]
async fn a_session_with_a_zero_byte_in_a_name_is_refused_by_postgres() {
    let (store, _behind) = fresh().await;
    let now = store.now().await.unwrap();
    let complaint = store.insert(&session(1, "a\0b", now), None).await;
    let complaint = complaint.unwrap_err().to_string();
    assert!(complaint.contains("zero byte"), "{complaint}");
    add(&store, &[session(2, "a", now)]).await;
    let listed = store.list(ISSUER, "a\0b").await;
    assert_eq!(listed.unwrap(), []);
    store.remove_all(ISSUER, Some("a\0b")).await.unwrap();
    store.remove_of_provider("\0", "a").await.unwrap();
    assert!(stored(&store, 2).await.is_some());
}
