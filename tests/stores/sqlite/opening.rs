//! Opening a database, and the errors if it fails.

use std::fs;

use auth_runtime::api_key::ApiKeyStore;
use auth_runtime::sql::SqlStore;
use auth_runtime::users::{User, UserStore};
use sqlx::Connection;
use tokio::task::JoinSet;

use super::{Folder, open};
use crate::api_keys::key;
use crate::users::HASH;

async fn refused(database: &str) -> String {
    let error = SqlStore::connect(database).await.err();
    error.unwrap_or_else(|| panic!("{database}")).to_string()
}

#[tokio::test]
async fn a_sqlite_path_and_its_url_open_one_database() {
    let folder = Folder::new();
    let created = SqlStore::connect(&folder.url("a b%20.db")).await;
    // In a URL, `%20` is a space.
    let path = folder.file("a b .db");
    created.unwrap().insert(&key("one")).await.unwrap();

    let path = path.to_str().unwrap();
    let found = |store: SqlStore| async move { store.list(None).await.unwrap() };
    for database in [path, &format!("sqlite:{path}"), &format!("sqlite://{path}")] {
        let store = SqlStore::connect(database).await.unwrap();
        assert_eq!(found(store).await, [key("one")], "{database}");
    }
}

#[tokio::test]
async fn a_missing_sqlite_file_is_an_error_and_not_an_empty_database() {
    let folder = Folder::new();
    let path = folder.file("typo.db");
    let path = path.to_str().unwrap();
    for database in [
        path,
        &format!("sqlite:{path}"),
        &format!("sqlite:{path}?mode=ro"),
        // A file with an odd name.
        &format!("{path}?mode=rwc"),
    ] {
        let complaint = refused(database).await;
        assert!(complaint.contains(path), "{complaint}");
        assert!(complaint.contains("mode=rwc"), "{complaint}");
    }
    assert!(!folder.file("typo.db").exists());

    let nowhere = refused(&folder.url("no/folder/auth.db")).await;
    assert!(nowhere.contains("in an existing directory"), "{nowhere}");
}

#[tokio::test]
async fn a_lazy_sqlite_store_creates_its_file_on_first_use() {
    let folder = Folder::new();
    let store = SqlStore::connect_lazy(&folder.url("auth.db")).unwrap();
    assert!(!folder.file("auth.db").exists());
    assert_eq!(store.list(None).await.unwrap(), []);
    assert!(folder.file("auth.db").exists());
}

#[cfg(unix)]
#[tokio::test]
async fn a_created_sqlite_file_is_accessible_to_its_owner_only() {
    use std::os::unix::fs::PermissionsExt;

    let mode = |path: &std::path::Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let folder = Folder::new();
    let store = SqlStore::connect(&folder.url("auth.db")).await.unwrap();
    store.insert(&key("one")).await.unwrap();
    for name in ["auth.db", "auth.db-wal", "auth.db-shm"] {
        assert_eq!(mode(&folder.file(name)), 0o600, "{name}");
    }
    drop(store);

    // An existing file belongs to its administrator.
    let path = folder.file("auth.db");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
    let again = SqlStore::connect(&folder.url("auth.db")).await.unwrap();
    assert_eq!(again.list(None).await.unwrap().len(), 1);
    assert_eq!(mode(&path), 0o640);
}

#[tokio::test]
async fn a_database_text_that_may_hold_a_password_is_not_opened_as_a_file() {
    for database in [
        "postgres:api:hunter2@db/api",
        "Postgres://api:hunter2@db/api",
        "host=db password=hunter2",
        "mysql://api:hunter2@db/x",
    ] {
        for error in [
            SqlStore::connect(database).await.unwrap_err(),
            SqlStore::connect_lazy(database).unwrap_err(),
        ] {
            let said = format!("{error} {error:?}");
            assert!(!said.contains("hunter2"), "{said}");
        }
    }
}

#[tokio::test]
async fn a_text_that_names_no_database_is_refused() {
    for (database, complaint) in [
        ("mysql://localhost/keys", "neither a file nor"),
        ("https://example.org/keys.db", "neither a file nor"),
        ("sqlite:keys.db?mode=rwx", "rwx"),
        ("sqlite:keys.db?key=value", "key"),
    ] {
        let error = SqlStore::connect_lazy(database).err().unwrap().to_string();
        assert!(error.contains(complaint), "{error}");
    }
}

#[test]
fn connecting_lazily_without_a_runtime_is_an_error_and_not_a_panic() {
    let error = SqlStore::connect_lazy("keys.db").err().unwrap();
    assert!(error.to_string().contains("Tokio runtime"), "{error}");
}

#[tokio::test]
async fn a_sqlite_database_in_memory_lives_as_long_as_its_store() {
    for database in [":memory:", "sqlite::memory:", "sqlite://:memory:"] {
        let store = SqlStore::connect(database).await.unwrap();
        store.insert(&key("one")).await.unwrap();
        assert_eq!(store.list(None).await.unwrap(), [key("one")]);
        let other = SqlStore::connect(database).await.unwrap();
        assert_eq!(other.list(None).await.unwrap(), []);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nodes_that_start_together_create_the_sqlite_tables_once() {
    let folder = Folder::new();
    let mut nodes = JoinSet::new();
    for number in 0..8 {
        let url = folder.url("auth.db");
        nodes.spawn(async move {
            let store = SqlStore::connect(&url).await?;
            store.insert(&key(&format!("n{number}"))).await?;
            Ok::<_, auth_runtime::BoxError>(store)
        });
    }
    for node in nodes.join_all().await {
        assert_eq!(node.unwrap().list(None).await.unwrap().len(), 8);
    }
    let mut connection = open(&folder.file("auth.db")).await;
    let mode: String = sqlx::query_scalar("PRAGMA journal_mode")
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert_eq!(mode, "wal");
}

#[tokio::test]
async fn the_auth_tables_coexist_with_those_of_the_application() {
    let folder = Folder::new();
    SqlStore::connect(&folder.url("auth.db")).await.unwrap();
    let mut connection = open(&folder.file("auth.db")).await;
    sqlx::raw_sql("CREATE TABLE _sqlx_migrations (version BIGINT); CREATE TABLE orders (id)")
        .execute(&mut connection)
        .await
        .unwrap();
    let again = SqlStore::connect(&folder.url("auth.db")).await.unwrap();
    again.put_user("alice", &User::new(HASH)).await.unwrap();
    assert_eq!(again.user_names().await.unwrap(), ["alice"]);
}

#[tokio::test]
async fn sqlite_tables_of_a_newer_version_are_refused() {
    let folder = Folder::new();
    SqlStore::connect(&folder.url("auth.db")).await.unwrap();
    let mut connection = open(&folder.file("auth.db")).await;
    sqlx::raw_sql("INSERT INTO auth_migrations (version) VALUES (99)")
        .execute(&mut connection)
        .await
        .unwrap();
    connection.close().await.unwrap();
    let complaint = refused(&folder.url("auth.db")).await;
    assert!(complaint.contains("version 99"), "{complaint}");

    let lazy = SqlStore::connect_lazy(&folder.url("auth.db")).unwrap();
    let error = lazy.list(None).await.unwrap_err().to_string();
    assert!(error.contains("version 99"), "{error}");
}

#[tokio::test]
async fn a_file_that_is_not_a_sqlite_database_is_refused() {
    let folder = Folder::new();
    let path = folder.file("auth.db");
    fs::write(
        &path,
        "-- a dump of the database, 100 bytes long and no database at all".repeat(20),
    )
    .unwrap();
    let complaint = refused(path.to_str().unwrap()).await;
    assert!(complaint.contains("not a database"), "{complaint}");
}

#[tokio::test]
async fn a_read_only_sqlite_file_can_be_read() {
    let folder = Folder::new();
    let store = SqlStore::connect(&folder.url("auth.db")).await.unwrap();
    store.insert(&key("one")).await.unwrap();

    let path = folder.file("auth.db");
    let reader = SqlStore::connect(&format!("sqlite:{}?mode=ro", path.display()))
        .await
        .unwrap();
    let found = ApiKeyStore::find(&reader, &key("one").digest)
        .await
        .unwrap();
    assert_eq!(found, Some(key("one")));
    let error = reader.insert(&key("two")).await.unwrap_err().to_string();
    assert!(error.contains("readonly"), "{error}");
    assert!(UserStore::find(&reader, "alice").await.unwrap().is_none());
}

#[tokio::test]
async fn a_user_that_could_never_log_in_is_not_stored() {
    let store = SqlStore::connect(":memory:").await.unwrap();
    for (name, user, complaint) in [
        ("", User::new(HASH), "name is empty"),
        ("a:b", User::new(HASH), "colon"),
        ("a\0", User::new(HASH), "control character"),
        ("a", User::new("hunter2"), "password hash"),
        ("a", User::new(HASH).scopes(["read write"]), "read write"),
        ("a", User::new(HASH).roles([""]), "role"),
        (&*"a".repeat(256), User::new(HASH), "more than 255 bytes"),
    ] {
        for stored in [
            store.put_user(name, &user).await,
            store.add_user(name, &user).await.map(drop),
        ] {
            let error = stored.unwrap_err().to_string();
            assert!(error.contains(complaint), "{error}");
            assert!(!error.contains("hunter2"), "{error}");
        }
    }
    assert!(store.user_names().await.unwrap().is_empty());
}

#[tokio::test]
async fn users_of_a_sqlite_store_are_listed_and_removed() {
    let store = SqlStore::connect(":memory:").await.unwrap();
    for name in ["b", "B", "a", "ä"] {
        store.put_user(name, &User::new(HASH)).await.unwrap();
    }
    assert_eq!(store.user_names().await.unwrap(), ["B", "a", "b", "ä"]);
    assert!(store.remove_user("b").await.unwrap());
    assert!(!store.remove_user("b").await.unwrap());
    assert_eq!(store.user_names().await.unwrap(), ["B", "a", "ä"]);
}

#[tokio::test]
async fn debug_output_of_a_sqlite_store_shows_its_file() {
    let store = SqlStore::connect_lazy("keys.db").unwrap();
    assert_eq!(format!("{store:?}"), "SqlStore(SQLite keys.db)");
}
