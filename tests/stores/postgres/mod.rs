//! PostgreSQL.

mod cluster;
mod opening;
mod outages;
mod plan;
mod proxy;
mod session_changes;
mod stored_sessions;

use std::process;
use std::sync::atomic::{AtomicUsize, Ordering};

use auth_runtime::sql::SqlStore;
use auth_runtime::users::User;
use sqlx::{Connection, PgConnection, PgPool};

use crate::api_keys::api_key_store;
use crate::refresh_tokens::refresh_token_store;
use crate::sessions::session_store;
use crate::users::{Administration, user_database, user_store};

/// The server of all tests.
fn server() -> String {
    std::env::var("AUTH_TEST_POSTGRES")
        .expect("no PostgreSQL in AUTH_TEST_POSTGRES: run tests/stores/run, which starts one")
}

/// The URL of a new schema on that server, with its own tables.
async fn schema() -> String {
    static NUMBER: AtomicUsize = AtomicUsize::new(0);

    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let name = format!("test_{}_{number}", process::id());
    let mut connection = connect(&server()).await;
    run(&mut connection, format!("CREATE SCHEMA {name}")).await;
    format!("{}?options=-csearch_path%3D{name}", server())
}

/// The database, without the store.
async fn connect(url: &str) -> PgConnection {
    PgConnection::connect(url).await.unwrap()
}

async fn run(connection: &mut PgConnection, sql: impl Into<String>) {
    let sql = sqlx::AssertSqlSafe(sql.into());
    sqlx::raw_sql(sql).execute(connection).await.unwrap();
}

struct Behind {
    store: SqlStore,
    pool: PgPool,
}

impl Administration for Behind {
    async fn add(&self, name: &str, user: &User) -> bool {
        self.store.add_user(name, user).await.unwrap()
    }

    async fn put(&self, name: &str, user: &User) {
        self.store.put_user(name, user).await.unwrap();
    }

    async fn set_password_hash(&self, name: &str, hash: &str) -> bool {
        self.store.set_password_hash(name, hash).await.unwrap()
    }

    async fn password_hash(&self, name: &str) -> Option<String> {
        sqlx::query_scalar("SELECT password_hash FROM auth_users WHERE name = $1")
            .bind(name)
            .fetch_optional(&self.pool)
            .await
            .unwrap()
    }
}

async fn fresh() -> (SqlStore, Behind) {
    let url = schema().await;
    let store = SqlStore::connect(&url).await.unwrap();
    let behind = Behind {
        store: store.clone(),
        pool: PgPool::connect_lazy(&url).unwrap(),
    };
    (store, behind)
}

async fn with(users: &[(&str, User)]) -> (SqlStore, Behind) {
    holding(fresh().await, users).await
}

async fn holding(fresh: (SqlStore, Behind), users: &[(&str, User)]) -> (SqlStore, Behind) {
    for (name, user) in users {
        fresh.1.put(name, user).await;
    }
    fresh
}

api_key_store!(fresh, clock stopped);
refresh_token_store!(fresh, clock stopped);
session_store!(fresh, clock stopped);
user_store!(with);
user_database!(with);

mod over_a_pool_of_the_application {
    use super::*;

    async fn fresh() -> (SqlStore, Behind) {
        let pool = PgPool::connect_lazy(&schema().await).unwrap();
        let store = SqlStore::from(pool.clone());
        (store.clone(), Behind { store, pool })
    }

    async fn with(users: &[(&str, User)]) -> (SqlStore, Behind) {
        holding(fresh().await, users).await
    }

    api_key_store!(fresh, clock stopped);
    refresh_token_store!(fresh, clock stopped);
    session_store!(fresh, clock stopped);
    user_store!(with);
    user_database!(with);
}
