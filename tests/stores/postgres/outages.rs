//! A server that is down, unreachable, slow or locked: every operation returns an error in time.

use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use auth_runtime::BoxError;
use auth_runtime::api_key::{ApiKeyRecord, ApiKeyStore, RotateError};
use auth_runtime::sql::SqlStore;
use sqlx::{Connection, PgConnection};
use tokio::task::JoinSet;

use super::cluster::Cluster;
use super::proxy::Proxy;
use super::{connect, run, schema, server};
use crate::api_keys::{at, key};
use crate::guarded::Service;
use crate::outage::{nothing_is_answered, outage, soon};

async fn ask(store: &SqlStore) -> Result<Option<ApiKeyRecord>, BoxError> {
    ApiKeyStore::find(store, &key("one").digest).await
}

async fn found(store: &SqlStore) {
    assert_eq!(ask(store).await.unwrap(), Some(key("one")));
}

async fn with_one_key(url: &str) -> SqlStore {
    let store = SqlStore::connect(url).await.unwrap();
    store.insert(&key("one")).await.unwrap();
    store
}

/// More concurrent queries than the store has connections.
async fn many_ask(store: &SqlStore) -> usize {
    let mut tasks = JoinSet::new();
    for _ in 0..40 {
        let store = store.clone();
        tasks.spawn(async move { ask(&store).await.is_ok() });
    }
    let answered = tasks.join_all().await;
    answered.iter().filter(|answered| **answered).count()
}

#[tokio::test]
async fn a_stopped_postgres_is_an_outage_until_the_restart() {
    let cluster = Cluster::start();
    let store = with_one_key(&cluster.url).await;
    all_are_answered(&store).await;

    cluster.stop();
    nothing_is_answered(&store).await;
    outage(SqlStore::connect(&cluster.url)).await;

    cluster.start_again();
    found(&store).await;
    all_are_answered(&store).await;
    assert_eq!(store.list(None).await.unwrap(), [key("one")]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_postgres_stopped_during_a_query_never_reports_an_unknown_key() {
    let cluster = Cluster::start();
    let store = with_one_key(&cluster.url).await;
    let outages = Arc::new(AtomicUsize::new(0));
    let mut clients = JoinSet::new();
    for _ in 0..16 {
        let (store, outages) = (store.clone(), Arc::clone(&outages));
        clients.spawn(async move {
            loop {
                match ask(&store).await {
                    Ok(found) => assert_eq!(found, Some(key("one"))),
                    Err(_) => _ = outages.fetch_add(1, Ordering::Relaxed),
                }
            }
        });
    }
    for _ in 0..2 {
        let before = outages.load(Ordering::Relaxed);
        cluster.stop();
        soon(async || outages.load(Ordering::Relaxed) > before).await;
        cluster.start_again();
        found_soon(&store).await;
    }
    assert!(clients.try_join_next().is_none(), "a client has panicked");
}

#[tokio::test]
async fn a_service_starts_while_postgres_is_stopped() {
    let cluster = Cluster::start();
    cluster.stop();
    let store = SqlStore::connect_lazy(&cluster.url).unwrap();
    let complaint = outage(ask(&store)).await;
    assert!(complaint.contains("refused"), "{complaint}");
    nothing_is_answered(&store).await;

    cluster.start_again();
    assert_eq!(ask(&store).await.unwrap(), None);
    store.insert(&key("one")).await.unwrap();
    found(&store).await;
}

#[tokio::test]
async fn a_lost_network_to_postgres_is_an_outage_until_the_network_returns() {
    let url = schema().await;
    let proxy = Proxy::before(&server()).await;
    let store = with_one_key(&proxy.url(&url)).await;
    all_are_answered(&store).await;

    proxy.lose();
    nothing_is_answered(&store).await;
    assert_eq!(many_ask(&store).await, 0);

    // Old connections stay lost, as after a fail-over to another machine.
    proxy.restore();
    found_soon(&store).await;
    all_are_answered(&store).await;
}

/// No idle connection will ever respond, but they do not each cause a failed query.
#[tokio::test]
async fn a_postgres_fail_over_costs_one_query() {
    let url = schema().await;
    let proxy = Proxy::before(&server()).await;
    let store = with_one_key(&proxy.url(&url)).await;
    all_are_answered(&store).await;

    proxy.lose();
    outage(ask(&store)).await;
    proxy.restore();
    found(&store).await;
}

#[tokio::test]
async fn abandoned_queries_do_not_use_up_the_connections() {
    let url = schema().await;
    let proxy = Proxy::before(&server()).await;
    let store = with_one_key(&proxy.url(&url)).await;
    all_are_answered(&store).await;

    // All connections wait for this lock when the network is lost and the clients give up.
    let mut other = connect(&url).await;
    run(&mut other, "BEGIN; LOCK TABLE auth_api_keys").await;
    let mut watching = connect(&url).await;
    {
        let mut impatient = pin!(many_ask(&store));
        let waiting = soon(async || waiting(&mut watching).await >= 8);
        tokio::select! {
            _ = &mut impatient => panic!("the table is not locked"),
            () = waiting => {}
        }
        proxy.lose();
    }
    run(&mut other, "COMMIT").await;
    proxy.restore();
    found_soon(&store).await;
    all_are_answered(&store).await;
}

#[tokio::test]
async fn a_network_lost_before_the_first_postgres_connection_is_an_outage() {
    let proxy = Proxy::before(&server()).await;
    proxy.lose();
    let url = proxy.url(&schema().await);
    let store = SqlStore::connect_lazy(&url).unwrap();
    let complaint = outage(ask(&store)).await;
    assert!(complaint.contains("no answer in time"), "{complaint}");
    proxy.restore();
    assert_eq!(ask(&store).await.unwrap(), None);
}

#[tokio::test]
async fn a_locked_postgres_table_is_an_outage_until_the_lock_ends() {
    let url = schema().await;
    let store = with_one_key(&url).await;
    let mut other = connect(&url).await;
    run(
        &mut other,
        "BEGIN; LOCK TABLE auth_api_keys, auth_users, auth_refresh_tokens, auth_sessions IN ACCESS EXCLUSIVE MODE",
    )
    .await;
    nothing_is_answered(&store).await;
    assert_eq!(many_ask(&store).await, 0);

    // The server also cancels the queries, so that they do not accumulate there.
    soon(async || waiting(&mut other).await == 0).await;

    run(&mut other, "COMMIT").await;
    found_soon(&store).await;
    all_are_answered(&store).await;
    assert_eq!(store.list(None).await.unwrap(), [key("one")]);
}

#[tokio::test]
async fn requests_are_answered_503_while_postgres_is_unreachable() {
    let url = schema().await;
    let administration = SqlStore::connect(&url).await.unwrap();
    let proxy = Proxy::before(&server()).await;
    let store = SqlStore::connect_lazy(&proxy.url(&url)).unwrap();
    let service = Service::start(store.clone(), administration).await;
    service.works().await;

    proxy.lose();
    service.is_out().await;
    proxy.restore();
    soon(async || ask(&store).await.is_ok()).await;
    service.works().await;
}

#[tokio::test]
async fn two_rotations_of_one_api_key_wait_for_each_other() {
    let url = schema().await;
    let store = with_one_key(&url).await;
    let node = SqlStore::connect(&url).await.unwrap();
    let mut other = connect(&url).await;
    let mut holding = other.begin().await.unwrap();
    run(
        &mut holding,
        "UPDATE auth_api_keys SET revoked_at = 1 WHERE prefix = 'ak_one'",
    )
    .await;
    let rotate =
        async |store: &SqlStore, name: &str| store.rotate("ak_one", at(20), &key(name)).await;
    let (one, two, ()) = tokio::join!(rotate(&store, "two"), rotate(&node, "three"), async {
        // Both wait for the revocation, which then comes first.
        let waiting = "SELECT COUNT(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND \
                       query LIKE '%expires_at = CASE%'";
        let mut watching = connect(&url).await;
        soon(async || {
            let waiting: i64 = sqlx::query_scalar(waiting)
                .fetch_one(&mut watching)
                .await
                .unwrap();
            waiting >= 2
        })
        .await;
        holding.commit().await.unwrap();
    });
    assert!(matches!(one, Err(RotateError::Ended)), "{one:?}");
    assert!(matches!(two, Err(RotateError::Ended)), "{two:?}");
    assert_eq!(store.list(None).await.unwrap().len(), 1);
}

/// The number of queries that wait for a lock on the keys of this schema.
async fn waiting(connection: &mut PgConnection) -> i64 {
    sqlx::query_scalar(
        "SELECT COUNT(*) FROM pg_locks WHERE NOT granted AND relation = 'auth_api_keys'::regclass",
    )
    .fetch_one(connection)
    .await
    .unwrap()
}

/// Shortly after the outage: a query from its last moment waits for the connection.
/// Many at a time; connections are made for them, which takes a busy machine a while.
async fn all_are_answered(store: &SqlStore) {
    soon(async || many_ask(store).await == 40).await;
}

async fn found_soon(store: &SqlStore) {
    soon(async || ask(store).await.is_ok()).await;
    found(store).await;
}
