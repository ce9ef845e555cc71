//! A file that is locked, missing, corrupt or read-only: every operation returns an error in time.

use std::fs;
use std::path::Path;
use std::pin::pin;
use std::time::Duration;

use auth_runtime::api_key::{ApiKeyRecord, ApiKeyStore};
use auth_runtime::sql::SqlStore;
use auth_tests::clock::StoppedClock;
use sqlx::sqlite::{SqliteConnectOptions, SqlitePoolOptions};
use sqlx::{Connection, SqliteConnection};
use tokio::task::JoinSet;

use super::{Folder, open};
use crate::api_keys::{at, key};
use crate::guarded::Service;
use crate::outage::{nothing_is_answered, nothing_is_written, outage};

async fn run(connection: &mut SqliteConnection, sql: &'static str) {
    sqlx::raw_sql(sql).execute(connection).await.unwrap();
}

async fn found(store: &SqlStore) -> Option<ApiKeyRecord> {
    ApiKeyStore::find(store, &key("one").digest).await.unwrap()
}

async fn with_one_key(folder: &Folder) -> SqlStore {
    let store = SqlStore::connect(&folder.url("auth.db")).await.unwrap();
    store.insert(&key("one")).await.unwrap();
    store
}

/// All files of a database, without a connection to it.
fn remove(database: &Path) {
    for suffix in ["", "-wal", "-shm"] {
        let _ = fs::remove_file(format!("{}{suffix}", database.display()));
    }
}

#[tokio::test]
async fn sqlite_readers_do_not_wait_for_a_writer_and_writers_time_out() {
    let folder = Folder::new();
    let store = with_one_key(&folder).await;
    let mut other = open(&folder.file("auth.db")).await;
    run(&mut other, "BEGIN EXCLUSIVE").await;

    let complaints = nothing_is_written(&store).await;
    assert!(
        complaints[0].contains("database is locked"),
        "{complaints:?}"
    );

    // More writers than there are connections.
    let mut writers = JoinSet::new();
    for _ in 0..20 {
        let store = store.clone();
        writers.spawn(async move { outage(store.revoke("ak_one", at(1))).await });
    }
    let mut writers = pin!(writers.join_all());
    loop {
        tokio::select! {
            _ = &mut writers => break,
            found = found(&store) => assert_eq!(found, Some(key("one"))),
        }
    }

    run(&mut other, "ROLLBACK").await;
    assert_eq!(store.list(None).await.unwrap(), [key("one")]);
    store.revoke("ak_one", at(1)).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_sqlite_file_locked_for_readers_is_an_outage_until_the_lock_ends() {
    let _clock = StoppedClock::start();
    let folder = Folder::new();
    let options = SqliteConnectOptions::new()
        .filename(folder.file("auth.db"))
        .create_if_missing(true)
        .busy_timeout(Duration::from_millis(100));
    // Without write-ahead logging, as an application may have it.
    let pool = SqlitePoolOptions::new()
        .connect_with(options)
        .await
        .unwrap();
    let store = SqlStore::from(pool);
    store.insert(&key("one")).await.unwrap();

    let mut other = open(&folder.file("auth.db")).await;
    run(&mut other, "BEGIN EXCLUSIVE").await;
    for complaint in nothing_is_answered(&store).await {
        assert!(complaint.contains("database is locked"), "{complaint}");
    }
    run(&mut other, "COMMIT").await;
    assert_eq!(found(&store).await, Some(key("one")));
}

#[tokio::test]
async fn a_sqlite_file_locked_at_the_start_is_an_outage_until_the_lock_ends() {
    let folder = Folder::new();
    drop(with_one_key(&folder).await);
    let mut other = open(&folder.file("auth.db")).await;
    run(
        &mut other,
        "PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE",
    )
    .await;

    let store = SqlStore::connect_lazy(&folder.url("auth.db")).unwrap();
    let complaint = outage(ApiKeyStore::find(&store, &key("one").digest)).await;
    assert!(complaint.contains("database is locked"), "{complaint}");
    let complaint = outage(SqlStore::connect(&folder.url("auth.db"))).await;
    assert!(complaint.contains("database is locked"), "{complaint}");

    other.close().await.unwrap();
    assert_eq!(found(&store).await, Some(key("one")));
}

#[tokio::test]
async fn a_deleted_sqlite_file_is_an_outage() {
    let folder = Folder::new();
    let store = with_one_key(&folder).await;
    assert_eq!(found(&store).await, Some(key("one")));
    let backup = folder.file("backup.db");
    let mut connection = open(&folder.file("auth.db")).await;
    sqlx::query("VACUUM INTO $1")
        .bind(backup.to_str().unwrap())
        .execute(&mut connection)
        .await
        .unwrap();
    connection.close().await.unwrap();

    remove(&folder.file("auth.db"));
    for _ in 0..2 {
        let complaint = outage(ApiKeyStore::find(&store, &key("one").digest)).await;
        assert!(complaint.contains("unable to open"), "{complaint}");
        outage(store.insert(&key("two"))).await;
    }
    // Not even by the writer: an empty database has no users.
    assert!(!folder.file("auth.db").exists());

    fs::rename(backup, folder.file("auth.db")).unwrap();
    assert_eq!(found(&store).await, Some(key("one")));
    store.insert(&key("two")).await.unwrap();
}

#[tokio::test]
async fn a_replaced_sqlite_file_is_read_at_once() {
    let folder = Folder::new();
    let store = with_one_key(&folder).await;
    assert_eq!(found(&store).await, Some(key("one")));

    let other = SqlStore::connect(&folder.url("other.db")).await.unwrap();
    let mut revoked = key("one");
    revoked.revoked_at = Some(at(1));
    other.insert(&revoked).await.unwrap();
    let mut connection = open(&folder.file("other.db")).await;
    run(&mut connection, "PRAGMA wal_checkpoint(TRUNCATE)").await;
    connection.close().await.unwrap();
    remove(&folder.file("auth.db"));
    fs::copy(folder.file("other.db"), folder.file("auth.db")).unwrap();

    assert_eq!(found(&store).await, Some(revoked));
}

#[tokio::test]
async fn a_corrupt_sqlite_file_is_an_outage_until_its_repair() {
    let folder = Folder::new();
    let store = with_one_key(&folder).await;
    let whole = folder.file("whole.db");
    let mut connection = open(&folder.file("auth.db")).await;
    run(&mut connection, "PRAGMA wal_checkpoint(TRUNCATE)").await;
    connection.close().await.unwrap();
    fs::copy(folder.file("auth.db"), &whole).unwrap();

    let broken = folder.file("broken.db");
    for content in [&b"no database"[..], b"", &fs::read(&whole).unwrap()[..5000]] {
        remove(&folder.file("auth.db"));
        fs::write(&broken, content).unwrap();
        fs::rename(&broken, folder.file("auth.db")).unwrap();
        nothing_is_answered(&store).await;
    }

    remove(&folder.file("auth.db"));
    fs::rename(whole, folder.file("auth.db")).unwrap();
    assert_eq!(found(&store).await, Some(key("one")));
}

/// An error of the database is an outage, never another key or an unknown one.
#[tokio::test]
async fn a_malformed_sqlite_row_is_an_outage() {
    let folder = Folder::new();
    let store = with_one_key(&folder).await;
    let mut connection = open(&folder.file("auth.db")).await;
    run(
        &mut connection,
        "PRAGMA ignore_check_constraints = ON; UPDATE auth_api_keys SET digest = x'00'",
    )
    .await;
    let complaint = outage(store.list(None)).await;
    assert!(complaint.contains("32 bytes"), "{complaint}");

    run(&mut connection, "DROP TABLE auth_api_keys").await;
    let complaint = outage(ApiKeyStore::find(&store, &key("one").digest)).await;
    assert!(complaint.contains("no such table"), "{complaint}");
}

/// Rows G2 and F2 need an answer of the store; without one it is a 503.
#[tokio::test]
async fn requests_are_answered_503_while_the_sqlite_file_is_locked() {
    let folder = Folder::new();
    let options = SqliteConnectOptions::new()
        .filename(folder.file("auth.db"))
        .create_if_missing(true)
        .busy_timeout(Duration::from_millis(100));
    let store = SqlStore::from(SqlitePoolOptions::new().connect_lazy_with(options));
    let service = Service::start(store.clone(), store).await;
    service.works().await;

    let mut other = open(&folder.file("auth.db")).await;
    run(&mut other, "BEGIN EXCLUSIVE").await;
    service.is_out().await;
    run(&mut other, "COMMIT").await;
    service.works().await;
}

#[tokio::test]
async fn requests_are_answered_503_while_the_sqlite_file_is_missing() {
    let folder = Folder::new();
    let administration = SqlStore::connect(&folder.url("auth.db")).await.unwrap();
    let store = SqlStore::connect_lazy(&folder.url("auth.db")).unwrap();
    let service = Service::start(store, administration).await;
    service.works().await;

    let elsewhere = folder.file("elsewhere.db");
    fs::rename(folder.file("auth.db"), &elsewhere).unwrap();
    service.is_out().await;
    fs::rename(&elsewhere, folder.file("auth.db")).unwrap();
    service.works().await;
}
