//! API keys in a database, which this process changes while the server runs.

use std::fs;
use std::time::Duration;

use auth_runtime::ApiKeys;
use auth_runtime::api_key::{ApiKey, ApiKeyRecord, NewApiKey};
use auth_runtime::sql::SqlStore;
use example_runner::curl;
use tokio::runtime::Runtime;

use crate::api::{Api, file};

/// A database of keys, which another process uses as well.
pub(crate) struct Database {
    runtime: Runtime,
    pub(crate) path: String,
    api_keys: ApiKeys,
}

impl Database {
    pub(crate) fn new(name: &str) -> Self {
        let path = file(name, "");
        for left_over in ["", "-wal", "-shm"] {
            let mut left_over_path = path.clone().into_os_string();
            left_over_path.push(left_over);
            let _ = fs::remove_file(left_over_path);
        }
        let path = path.to_str().unwrap().to_owned();
        let runtime = Runtime::new().unwrap();
        let new = format!("sqlite:{path}?mode=rwc");
        let store = runtime.block_on(SqlStore::connect(&new)).unwrap();
        Self {
            runtime,
            path,
            api_keys: ApiKeys::new(store),
        }
    }

    pub(crate) fn create(&self, key: NewApiKey) -> (ApiKeyRecord, ApiKey) {
        self.runtime.block_on(self.api_keys.create(key)).unwrap()
    }
}

#[test]
fn the_resource_server_accepts_api_keys_until_they_are_revoked() {
    let database = Database::new("service.db");
    let of_alice = NewApiKey::new("alice").scopes(["read"]);
    let (record, key) = database.create(of_alice.clone());
    let api = Api::start_with(&[("API_KEYS_DB", &database.path)]);
    let status = |key: &ApiKey| {
        let header = format!("X-API-Key: {}", key.reveal());
        curl(&[&api.url("/read"), "-H", &header]).status
    };
    assert_eq!(status(&key), 200);

    let hour = Duration::from_secs(60 * 60);
    let rotated = database.api_keys.rotate(&record.prefix, hour);
    let (successor, new_key) = database.runtime.block_on(rotated).unwrap();
    assert_eq!(successor.scopes, record.scopes);
    assert_eq!((status(&key), status(&new_key)), (200, 200));

    // The server remembers a key that it has seen for a while, so this is one that it has not seen.
    let (unseen, unseen_key) = database.create(of_alice);
    let revoked = database.api_keys.revoke(&unseen.prefix);
    assert!(database.runtime.block_on(revoked).unwrap());
    assert_eq!(status(&unseen_key), 401);
}

#[test]
fn the_header_field_of_api_keys_is_configurable() {
    let keys = Database::new("another-field.db");
    let (_, key) = keys.create(NewApiKey::new("kim"));
    let api = Api::start_with(&[("API_KEYS_DB", &keys.path), ("API_KEY_HEADER", "X-Key")]);
    let status = |field: &str| {
        let field = format!("{field}: {}", key.reveal());
        curl(&[&api.url("/whoami"), "-H", &field]).status
    };
    assert_eq!(status("X-Key"), 200);
    assert_eq!(status("X-API-Key"), 401);
}

#[test]
fn a_key_database_that_is_down_is_503_until_it_is_available_again() {
    let keys = Database::new("late.db");
    let (_, key) = keys.create(NewApiKey::new("kim"));
    let away = format!("{}.away", keys.path);
    drop(keys.api_keys);
    fs::rename(&keys.path, &away).unwrap();
    // A folder in its place cannot be opened as a database.
    fs::create_dir(&keys.path).unwrap();

    let api = Api::start_with(&[("API_KEYS_DB", &keys.path)]);
    let status = || {
        let key = format!("X-API-Key: {}", key.reveal());
        curl(&[&api.url("/whoami"), "-H", &key]).status
    };
    assert_eq!(status(), 503);
    assert_eq!(curl(&[&api.url("/public")]).status, 200);
    fs::remove_dir(&keys.path).unwrap();
    fs::rename(&away, &keys.path).unwrap();
    // A connection pool may retry only after a delay. Only a test that hangs waits for three minutes.
    let up = (0..1_800).any(|_| {
        std::thread::sleep(Duration::from_millis(100));
        status() == 200
    });
    assert!(up, "503 although the database is there");
}
