//! Changes of one session that wait for each other, in the order that is least likely.

use auth_runtime::session::SessionStore;
use auth_runtime::sql::SqlStore;
use sqlx::{Connection, PgConnection};

use super::{connect, run, schema};
use crate::outage::soon;
use crate::sessions::{
    HOUR, ISSUER, add, digest, hex, kept, session, stored, with_provider_session,
};

/// A store that has session 1, and a connection to the database.
async fn node() -> (SqlStore, PgConnection) {
    let url = schema().await;
    let store = SqlStore::connect(&url).await.unwrap();
    let now = store.now().await.unwrap();
    let session = with_provider_session(session(1, "alice", now), "one");
    add(&store, &[session]).await;
    (store, connect(&url).await)
}

/// Returns when a query waits for a lock of this connection's transaction.
async fn wait_for(connection: &mut PgConnection) {
    const WAITING: &str = "SELECT COUNT(*) FROM pg_stat_activity \
         WHERE pg_backend_pid() = ANY (pg_blocking_pids(pid))";
    soon(async || {
        let waiting: i64 = sqlx::query_scalar(WAITING)
            .fetch_one(&mut *connection)
            .await
            .unwrap();
        waiting > 0
    })
    .await;
}

/// As the store renews a session.
fn set_digest(number: u16) -> String {
    format!(
        "UPDATE auth_sessions SET digest = '\\x{}', sealed = NULL",
        hex(number)
    )
}

#[tokio::test]
async fn a_postgres_removal_of_all_that_waits_for_a_renewal_removes_the_renewed_session() {
    for removal in 0..3 {
        let (store, mut other) = node().await;
        let mut renewing = other.begin().await.unwrap();
        run(&mut renewing, set_digest(2)).await;
        let remove = async {
            match removal {
                0 => store.remove_all(ISSUER, Some("alice")).await,
                1 => store.remove_all(ISSUER, None).await,
                _ => store.remove_of_provider(ISSUER, "one").await,
            }
        };
        let (removed, ()) = tokio::join!(remove, async {
            wait_for(&mut renewing).await;
            renewing.commit().await.unwrap();
        });
        removed.unwrap();
        assert_eq!(kept(&store, &[1, 2]).await, [0; 0], "{removal}");
    }
}

#[tokio::test]
async fn a_postgres_change_that_waits_for_a_removal_changes_nothing() {
    for renews in [true, false] {
        let (store, mut other) = node().await;
        let mut removing = other.begin().await.unwrap();
        run(&mut removing, "DELETE FROM auth_sessions").await;
        let (old, new) = (digest(1), digest(2));
        let change = async {
            if renews {
                store.renew(&old, &new, None).await
            } else {
                store.record_use(&old).await
            }
        };
        let (changed, ()) = tokio::join!(change, async {
            wait_for(&mut removing).await;
            removing.commit().await.unwrap();
        });
        assert!(!changed.unwrap());
        assert_eq!(kept(&store, &[1, 2]).await, [0; 0]);
    }
}

#[tokio::test]
async fn a_postgres_renewal_that_waits_for_another_changes_nothing() {
    let (store, mut other) = node().await;
    let mut renewing = other.begin().await.unwrap();
    run(&mut renewing, set_digest(2)).await;
    let (old, new) = (digest(1), digest(3));
    let (renewed, ()) = tokio::join!(store.renew(&old, &new, None), async {
        wait_for(&mut renewing).await;
        renewing.commit().await.unwrap();
    });
    assert!(!renewed.unwrap());
    assert_eq!(kept(&store, &[1, 2, 3]).await, [2]);
}

#[tokio::test]
async fn a_session_that_is_used_while_postgres_removes_expired_ones_stays() {
    let (store, mut other) = node().await;
    run(&mut other, "UPDATE auth_sessions SET timeout_at = 0").await;
    let mut using = other.begin().await.unwrap();
    run(&mut using, "UPDATE auth_sessions SET timeout_at = ends_at").await;
    // It does not wait either.
    store.remove_expired().await.unwrap();
    using.commit().await.unwrap();
    store.remove_expired().await.unwrap();
    assert_eq!(kept(&store, &[1]).await, [1]);
}

#[tokio::test]
async fn a_use_that_waits_for_a_later_one_keeps_the_later_time() {
    let (store, mut other) = node().await;
    let later = stored(&store, 1).await.unwrap().last_seen_at + HOUR;
    let mut using = other.begin().await.unwrap();
    run(
        &mut using,
        "UPDATE auth_sessions SET last_seen_at = last_seen_at + 3600000",
    )
    .await;
    let one = digest(1);
    let (used, ()) = tokio::join!(store.record_use(&one), async {
        wait_for(&mut using).await;
        using.commit().await.unwrap();
    });
    assert!(used.unwrap());
    assert_eq!(stored(&store, 1).await.unwrap().last_seen_at, later);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn removals_of_many_postgres_sessions_do_not_deadlock() {
    let (store, mut other) = node().await;
    for _ in 0..3 {
        run(
            &mut other,
            format!(
                "INSERT INTO auth_sessions (digest, issuer, subject, provider_session_id, created_at,
                 last_seen_at, ends_at, idle_timeout, timeout_at, data)
                 SELECT sha256(n::text::bytea), '{ISSUER}', 'alice', 'one', 0, 0, n, n, n, '{{}}'
                 FROM generate_series(1, 12000) AS n"
            ),
        )
        .await;
        let (of_subject, of_provider, expired) = tokio::join!(
            store.remove_all(ISSUER, Some("alice")),
            store.remove_of_provider(ISSUER, "one"),
            store.remove_expired(),
        );
        of_subject.unwrap();
        of_provider.unwrap();
        expired.unwrap();
        let left: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM auth_sessions")
            .fetch_one(&mut other)
            .await
            .unwrap();
        assert_eq!(left, 0);
    }
}
