//! Connecting to a server, and the errors if it fails.

use auth_runtime::BoxError;
use auth_runtime::api_key::ApiKeyStore;
use auth_runtime::refresh_token::RefreshTokenStore;
use auth_runtime::sql::SqlStore;
use auth_runtime::users::UserStore;
use tokio::task::JoinSet;

use super::cluster::Cluster;
use super::stored_sessions::every_session_query_works;
use super::{connect, fresh, run, schema, server};
use crate::api_keys::{at, key};
use crate::refresh_tokens::{family, rotation};

async fn refused(url: &str) -> String {
    let error = SqlStore::connect(url).await.expect_err("it connects");
    let complaint = format!("{error} {error:?}");
    assert!(!complaint.contains("throw-away"), "{complaint}");
    assert!(!complaint.contains("hunter2"), "{complaint}");
    complaint
}

#[tokio::test]
async fn a_postgres_connection_error_hides_the_password() {
    let wrong = server().replace("throw-away", "hunter2");
    assert!(
        refused(&wrong)
            .await
            .contains("password authentication failed")
    );

    let nowhere = server().replace("/postgres", "/nowhere");
    let complaint = refused(&nowhere).await;
    assert!(
        complaint.contains("\"nowhere\" does not exist"),
        "{complaint}"
    );
    assert!(complaint.contains("PostgreSQL 127.0.0.1:"), "{complaint}");

    let closed = "postgres://auth:hunter2@127.0.0.1:1/api";
    let complaint = refused(closed).await;
    assert!(complaint.contains("refused"), "{complaint}");

    for broken in [
        "postgres://auth:hunter2@127.0.0.1:port/api",
        "postgres://auth:hunter2@127.0.0.1/api?sslmode=yes",
    ] {
        let complaint = refused(broken).await;
        assert!(complaint.contains("the URL of PostgreSQL"), "{complaint}");
    }
}

#[tokio::test]
async fn debug_output_of_a_postgres_store_shows_server_and_database() {
    let store =
        SqlStore::connect_lazy("postgres://auth:hunter2@db.example:5433/api?password=hunter3");
    assert_eq!(
        format!("{:?}", store.unwrap()),
        "SqlStore(PostgreSQL db.example:5433, database api)"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nodes_that_start_together_create_the_postgres_tables_once() {
    for _ in 0..5 {
        let url = schema().await;
        let mut nodes = JoinSet::new();
        for number in 0..8 {
            let url = url.clone();
            nodes.spawn(async move {
                let store = SqlStore::connect(&url).await?;
                ApiKeyStore::insert(&store, &key(&format!("n{number}"))).await?;
                Ok::<_, BoxError>(store)
            });
        }
        for node in nodes.join_all().await {
            assert_eq!(node.unwrap().list(None).await.unwrap().len(), 8);
        }
    }
}

#[tokio::test]
async fn postgres_tables_of_a_newer_version_are_refused() {
    let url = schema().await;
    SqlStore::connect(&url).await.unwrap();
    let mut connection = connect(&url).await;
    run(
        &mut connection,
        "INSERT INTO auth_migrations (version) VALUES (99)",
    )
    .await;
    let complaint = refused(&url).await;
    assert!(complaint.contains("version 99"), "{complaint}");
}

/// The rights that the documentation of `SqlStore` lists.
#[tokio::test]
async fn a_postgres_role_that_may_not_create_tables_suffices() {
    let url = schema().await;
    let owner = SqlStore::connect(&url).await.unwrap();
    ApiKeyStore::insert(&owner, &key("one")).await.unwrap();
    let name = url.rsplit_once("%3D").unwrap().1.to_owned();
    let mut connection = connect(&url).await;
    run(
        &mut connection,
        format!(
            "CREATE ROLE service_{name} LOGIN PASSWORD 'service';
             GRANT USAGE ON SCHEMA {name} TO service_{name};
             GRANT SELECT ON auth_migrations, auth_api_keys, auth_users TO service_{name};
             GRANT UPDATE (last_used_at) ON auth_api_keys TO service_{name};
             GRANT UPDATE (password_hash) ON auth_users TO service_{name};
             GRANT SELECT, INSERT, UPDATE, DELETE ON auth_refresh_tokens, auth_sessions TO service_{name};"
        ),
    )
    .await;

    let url = url.replace("auth:throw-away", &format!("service_{name}:service"));
    let service = SqlStore::connect(&url).await.unwrap();
    let used = [("ak_one".to_owned(), at(7))];
    service.record_use(&used).await.unwrap();
    let found = ApiKeyStore::find(&service, &key("one").digest)
        .await
        .unwrap();
    assert_eq!(found.unwrap().last_used_at, Some(at(7)));
    service.rehash("alice", "old", "new").await.unwrap();
    RefreshTokenStore::insert(&service, &family("one", "alice"))
        .await
        .unwrap();
    let rotated = RefreshTokenStore::rotate(&service, &rotation("one", 0)).await;
    assert!(rotated.unwrap());
    assert!(service.remove("one").await.unwrap());
    every_session_query_works(&service).await;
    let error = service
        .revoke("ak_one", at(8))
        .await
        .unwrap_err()
        .to_string();
    assert!(error.contains("permission denied"), "{error}");
}

/// PostgreSQL has no texts with a zero byte, but a client may send a name with one.
#[tokio::test]
async fn an_unusual_user_name_does_not_make_the_postgres_store_fail() {
    let (store, _behind) = fresh().await;
    for name in ["\0", "alice\0", "\u{ffff}\u{10ffff}"] {
        assert!(UserStore::find(&store, name).await.unwrap().is_none());
    }
}

#[tokio::test]
async fn the_certificate_of_postgres_is_verified() {
    let cluster = Cluster::start();
    let authority = cluster.authority();
    let verified = format!(
        "{}?sslmode=verify-full&sslrootcert={}",
        cluster.url,
        authority.display()
    );
    let store = SqlStore::connect(&verified).await.unwrap();
    ApiKeyStore::insert(&store, &key("one")).await.unwrap();

    // Signed by an unknown certificate authority.
    let complaint = refused(&format!("{}?sslmode=verify-full", cluster.url)).await;
    assert!(complaint.contains("certificate"), "{complaint}");
    // For another name.
    let complaint = refused(&verified.replace("127.0.0.1", "localhost")).await;
    assert!(complaint.contains("certificate"), "{complaint}");
}
