//! Look-ups go by an index, however many keys there are.

use auth_runtime::sql::SqlStore;

use super::{Folder, open};

#[tokio::test]
async fn sqlite_looks_up_rows_by_an_index() {
    let folder = Folder::new();
    SqlStore::connect(&folder.url("auth.db")).await.unwrap();
    let mut connection = open(&folder.file("auth.db")).await;
    for question in [
        "EXPLAIN QUERY PLAN SELECT * FROM auth_api_keys WHERE digest = x'00'",
        "EXPLAIN QUERY PLAN SELECT * FROM auth_api_keys WHERE prefix = 'ak_one'",
        "EXPLAIN QUERY PLAN SELECT * FROM auth_users WHERE name = 'alice'",
        "EXPLAIN QUERY PLAN SELECT * FROM auth_refresh_tokens WHERE id = 'one'",
        "EXPLAIN QUERY PLAN DELETE FROM auth_refresh_tokens \
         WHERE issuer = 'shop' AND subject = 'alice' AND started_at <= 1",
        "EXPLAIN QUERY PLAN DELETE FROM auth_refresh_tokens WHERE issuer = 'shop'",
        "EXPLAIN QUERY PLAN DELETE FROM auth_refresh_tokens WHERE expires_at <= 1",
        "EXPLAIN QUERY PLAN SELECT * FROM auth_sessions WHERE digest = x'00'",
        "EXPLAIN QUERY PLAN SELECT digest FROM auth_sessions WHERE issuer = 'shop' AND subject = 'alice'",
        "EXPLAIN QUERY PLAN SELECT digest FROM auth_sessions WHERE issuer = 'shop'",
        "EXPLAIN QUERY PLAN SELECT digest FROM auth_sessions \
         WHERE issuer = 'shop' AND provider_session_id = 'one'",
        "EXPLAIN QUERY PLAN SELECT digest FROM auth_sessions WHERE timeout_at <= 1",
    ] {
        let plan: Vec<(i64, i64, i64, String)> = sqlx::query_as(question)
            .fetch_all(&mut connection)
            .await
            .unwrap();
        assert!(
            plan.iter().all(|step| step.3.starts_with("SEARCH ")),
            "{plan:?}"
        );
    }
}
