//! Look-ups go by an index as soon as there are more than a few rows.

use super::{connect, run, schema};
use auth_runtime::SqlStore;

#[tokio::test]
async fn a_key_and_a_user_are_looked_up_by_an_index() {
    let url = schema().await;
    SqlStore::connect(&url).await.unwrap();
    let mut connection = connect(&url).await;
    run(
        &mut connection,
        "INSERT INTO auth_api_keys (prefix, digest, owner, description, scopes, roles, created_at)
         SELECT 'ak_' || n, sha256(n::text::bytea), 'alice', '', '', '', 0
         FROM generate_series(1, 10000) AS n;
         INSERT INTO auth_users (name, password_hash, scopes, roles, locked)
         SELECT 'user' || n, '$argon2id$', '', '', FALSE FROM generate_series(1, 10000) AS n;
         ANALYZE auth_api_keys, auth_users;",
    )
    .await;
    for question in [
        "EXPLAIN SELECT * FROM auth_api_keys WHERE digest = '\\x00'",
        "EXPLAIN SELECT * FROM auth_api_keys WHERE prefix = 'ak_1'",
        "EXPLAIN SELECT * FROM auth_users WHERE name = 'user1'",
    ] {
        let plan: Vec<String> = sqlx::query_scalar(question)
            .fetch_all(&mut connection)
            .await
            .unwrap();
        assert!(plan[0].starts_with("Index Scan using "), "{plan:?}");
    }
}
