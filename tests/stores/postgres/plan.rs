//! Look-ups go by an index as soon as there are more than a few rows.

use auth_runtime::api_key::ApiKeyStore;
use auth_runtime::sql::SqlStore;
use sqlx::PgConnection;
use tokio::task::JoinSet;

use super::{connect, run, schema};
use crate::api_keys::at;

/// 10,000 keys, and as many users, refresh tokens and sessions.
async fn full(url: &str) -> PgConnection {
    SqlStore::connect(url).await.unwrap();
    let mut connection = connect(url).await;
    run(
        &mut connection,
        "INSERT INTO auth_api_keys (prefix, digest, owner, description, scopes, roles, created_at)
         SELECT 'ak_' || n, sha256(n::text::bytea), 'alice', '', '', '', 0
         FROM generate_series(1, 10000) AS n;
         INSERT INTO auth_users (name, password_hash, scopes, roles, locked)
         SELECT 'user' || n, '$argon2id$', '', '', FALSE FROM generate_series(1, 10000) AS n;
         INSERT INTO auth_refresh_tokens
         (id, issuer, subject, generation, digest, started_at, rotated_at, expires_at)
         SELECT 'one' || n, 'shop', 'user' || n, 0, sha256(n::text::bytea), 0, 0, n
         FROM generate_series(1, 10000) AS n;
         INSERT INTO auth_sessions (digest, issuer, subject, provider_session_id, created_at, last_seen_at,
         ends_at, idle_timeout, timeout_at, data)
         SELECT sha256(n::text::bytea), 'shop', 'user' || n, 'login' || n, 0, 0, n, n, n, '{}'
         FROM generate_series(1, 10000) AS n;
         ANALYZE auth_api_keys, auth_users, auth_refresh_tokens, auth_sessions;",
    )
    .await;
    connection
}

/// The two nodes write in opposite orders.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nodes_that_record_last_uses_together_do_not_deadlock() {
    let url = schema().await;
    full(&url).await;
    let mut nodes = JoinSet::new();
    for node in 0..2 {
        let store = SqlStore::connect(&url).await.unwrap();
        nodes.spawn(async move {
            for round in 1..=200 {
                // Few enough for PostgreSQL to go through them one by one.
                let mut uses: Vec<_> = (1..=20)
                    .map(|number| (format!("ak_{number}"), at(2 * round + node)))
                    .collect();
                if node == 1 {
                    uses.reverse();
                }
                store.record_use(&uses).await.unwrap();
            }
        });
    }
    nodes.join_all().await;
}

#[tokio::test]
async fn postgres_looks_up_rows_by_an_index() {
    let url = schema().await;
    let mut connection = full(&url).await;
    for question in [
        "EXPLAIN SELECT * FROM auth_api_keys WHERE digest = '\\x00'",
        "EXPLAIN SELECT * FROM auth_api_keys WHERE prefix = 'ak_1'",
        "EXPLAIN SELECT * FROM auth_users WHERE name = 'user1'",
        "EXPLAIN SELECT * FROM auth_refresh_tokens WHERE id = 'one1'",
        "EXPLAIN SELECT * FROM auth_refresh_tokens WHERE issuer = 'shop' AND subject = 'user1'",
        "EXPLAIN SELECT * FROM auth_sessions WHERE digest = '\\x00'",
    ] {
        let plan: Vec<String> = sqlx::query_scalar(question)
            .fetch_all(&mut connection)
            .await
            .unwrap();
        assert!(plan[0].starts_with("Index Scan using "), "{plan:?}");
    }
}

/// As they are removed: the rows are locked in one order, without sorting all sessions of an issuer.
#[tokio::test]
async fn postgres_removes_sessions_by_an_index() {
    let url = schema().await;
    let mut connection = full(&url).await;
    let of_issuer = "issuer = 'shop' ORDER BY issuer, subject, digest LIMIT 5000 FOR UPDATE";
    let of_subject = "issuer = 'shop' AND subject = 'user1' ORDER BY issuer, subject, digest LIMIT 5000 FOR UPDATE";
    let of_provider = "issuer = 'shop' AND provider_session_id = 'login1' \
         ORDER BY issuer, subject, digest LIMIT 5000 FOR UPDATE";
    let expired = "timeout_at <= 10 LIMIT 5000 FOR UPDATE SKIP LOCKED";
    for (condition, index) in [
        (of_issuer, "auth_sessions_of_subject"),
        (of_subject, "auth_sessions_of_subject"),
        (of_provider, "auth_sessions_of_provider"),
        (expired, "auth_sessions_by_timeout"),
    ] {
        let question = format!("EXPLAIN SELECT digest FROM auth_sessions WHERE {condition}");
        let plan: Vec<String> = sqlx::query_scalar(sqlx::AssertSqlSafe(question))
            .fetch_all(&mut connection)
            .await
            .unwrap();
        let plan = plan.join("\n");
        assert!(plan.contains(index), "{plan}");
        assert!(!plan.contains("Seq Scan"), "{plan}");
        assert!(condition == of_provider || !plan.contains("Sort"), "{plan}");
    }
}
