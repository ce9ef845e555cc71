//! SQLite, in a file and in memory.

mod opening;
mod outages;
mod plan;
mod restart;
mod stored_sessions;

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::{fs, process};

use auth_runtime::sql::SqlStore;
use auth_runtime::users::User;
use sqlx::sqlite::{SqliteConnectOptions, SqlitePoolOptions};
use sqlx::{ConnectOptions, SqliteConnection, SqlitePool};

use crate::api_keys::api_key_store;
use crate::refresh_tokens::refresh_token_store;
use crate::sessions::session_store;
use crate::users::{Administration, user_database, user_store};

/// A folder that is deleted after the test.
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new() -> Self {
        static NUMBER: AtomicUsize = AtomicUsize::new(0);

        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let path = Path::new(env!("CARGO_TARGET_TMPDIR"))
            .join(format!("sqlite-{}-{number}", process::id()));
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// A file of this name, created if it is not there.
    pub(crate) fn url(&self, name: &str) -> String {
        format!("sqlite:{}?mode=rwc", self.file(name).display())
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// The file, without the store.
pub(crate) async fn open(file: &Path) -> SqliteConnection {
    let options = SqliteConnectOptions::new().filename(file);
    options.connect().await.unwrap()
}

struct Behind {
    store: SqlStore,
    pool: SqlitePool,
    _folder: Option<Folder>,
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

async fn holding(fresh: (SqlStore, Behind), users: &[(&str, User)]) -> (SqlStore, Behind) {
    for (name, user) in users {
        fresh.1.put(name, user).await;
    }
    fresh
}

mod in_a_file {
    use super::*;

    async fn fresh() -> (SqlStore, Behind) {
        let folder = Folder::new();
        let store = SqlStore::connect(&folder.url("auth.db")).await.unwrap();
        let options = SqliteConnectOptions::new().filename(folder.file("auth.db"));
        let behind = Behind {
            store: store.clone(),
            pool: SqlitePool::connect_lazy_with(options),
            _folder: Some(folder),
        };
        (store, behind)
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

mod in_memory {
    use super::*;

    async fn fresh() -> (SqlStore, Behind) {
        let pool = SqlitePoolOptions::new()
            .max_connections(1)
            .connect("sqlite::memory:")
            .await
            .unwrap();
        let store = SqlStore::from(pool.clone());
        let behind = Behind {
            store: store.clone(),
            pool,
            _folder: None,
        };
        (store, behind)
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
