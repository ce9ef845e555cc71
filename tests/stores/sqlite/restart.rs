//! Revocations that have to survive a restart of the service.

use std::time::{Duration, SystemTime};

use auth_runtime::api_key::NewApiKey;
use auth_runtime::revocation::{MemoryRevocation, Revocation, Revoked};
use auth_runtime::sql::SqlStore;
use auth_runtime::{ApiKeys, Auth, Router, require_auth, routing};
use auth_tests::client::Request;
use auth_tests::server::Server;

use super::Folder;

const DAY: Duration = Duration::from_secs(24 * 3600);

#[require_auth]
async fn hello() {}

/// A process of the service, whose list of revoked tokens remembers one day.
struct Process {
    keys: ApiKeys,
    list: MemoryRevocation,
    auth: Auth,
    server: Server,
}

impl Process {
    /// Starts `days` after now, with the keys in the file and an empty list.
    async fn start(folder: &Folder, days: u32) -> Self {
        let store = SqlStore::connect(&folder.url("auth.db")).await.unwrap();
        let keys = ApiKeys::new(store);
        let list = MemoryRevocation::builder().entry_ttl(DAY).build();
        let auth = Auth::builder()
            .api_keys(keys.clone())
            .revocation(list.clone())
            .clock(move || SystemTime::now() + days * DAY)
            .build()
            .unwrap();
        let app = Router::new().route("/", routing::get(hello));
        let server = Server::start(app.with_auth(auth.clone())).await;
        Self {
            keys,
            list,
            auth,
            server,
        }
    }

    async fn status(&self, key: &str) -> u16 {
        let request = Request::get("/").header("x-api-key", key);
        self.server.send(&request).await.status
    }
}

#[tokio::test]
async fn g2_api_keys_outlive_the_list_of_revoked_tokens_and_so_do_their_revocations() {
    let folder = Folder::new();
    let first = Process::start(&folder, 0).await;
    let mut keys = Vec::new();
    for owner in ["alice", "bob", "carol"] {
        keys.push(first.keys.create(NewApiKey::new(owner)).await.unwrap());
    }
    let [(_, good), (record, revoked), (_, of_carol)] = &keys[..] else {
        panic!("there are three keys");
    };
    let now = SystemTime::now();
    let by_prefix = Revoked::token("api_key", &*record.prefix, now);
    first.auth.revoke(by_prefix).await.unwrap();
    let by_owner = Revoked::subject("api_key", "carol", now);
    first.auth.revoke(by_owner).await.unwrap();
    let statuses = async |process: &Process| {
        let keys = [good, revoked, of_carol];
        let statuses = keys.map(|key| process.status(key.reveal()));
        futures_util::future::join_all(statuses).await
    };
    assert_eq!(statuses(&first).await, [200, 401, 401]);
    drop(first);

    // The keys are older than the list remembers, and it has forgotten the revocations.
    for days in [0, 2] {
        let restarted = Process::start(&folder, days).await;
        assert_eq!(restarted.list.status().entries, 0);
        assert_eq!(statuses(&restarted).await, [200, 401, 401], "{days}");
    }
}
