//! Sessions in a SQLite file.

use auth_runtime::session::SessionStore;
use auth_runtime::sql::SqlStore;

use super::{Folder, open};
use crate::sessions::{ISSUER, add, session, stored};

#[tokio::test]
async fn a_session_in_a_sqlite_file_outlives_the_store() {
    let folder = Folder::new();
    let store = SqlStore::connect(&folder.url("auth.db")).await.unwrap();
    let now = store.now().await.unwrap();
    add(&store, &[session(1, "alice", now)]).await;
    drop(store);
    let store = SqlStore::connect(&folder.url("auth.db")).await.unwrap();
    assert_eq!(stored(&store, 1).await, Some(session(1, "alice", now)));
}

#[tokio::test]
async fn thousands_of_sessions_in_sqlite_are_removed_together() {
    let folder = Folder::new();
    let store = SqlStore::connect(&folder.url("auth.db")).await.unwrap();
    let mut connection = open(&folder.file("auth.db")).await;
    for all in [true, false] {
        sqlx::raw_sql(
            "WITH RECURSIVE count (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM count LIMIT 12000)
             INSERT INTO auth_sessions (digest, issuer, subject, created_at, last_seen_at, ends_at,
             idle_timeout, timeout_at, data)
             SELECT randomblob(32), 'https://issuer.example', 'user', 0, 0, n, n, n, '{}' FROM count",
        )
        .execute(&mut connection)
        .await
        .unwrap();
        if all {
            store.remove_all(ISSUER, None).await.unwrap();
        } else {
            store.remove_expired().await.unwrap();
        }
        let left: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM auth_sessions")
            .fetch_one(&mut connection)
            .await
            .unwrap();
        assert_eq!(left, 0);
    }
}
