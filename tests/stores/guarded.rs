//! A service with a store: the responses while the database is down.

use std::time::Duration;

use auth_runtime::api_key::NewApiKey;
use auth_runtime::sql::SqlStore;
use auth_runtime::users::{PasswordHashing, User};
use auth_runtime::{ApiKeys, Auth, Basic, require_auth};
use auth_tests::client::{Request, Response};
use auth_tests::server::Server;
use axum::Router;
use axum::routing::get;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

#[require_auth(scope = "orders:read")]
async fn orders() -> &'static str {
    "orders"
}

/// A service, and the credentials of its callers.
pub(crate) struct Service {
    server: Server,
    key: String,
}

impl Service {
    /// `administration` is the same database without the store.
    pub(crate) async fn start(store: SqlStore, administration: SqlStore) -> Self {
        let hashing = PasswordHashing::default().memory_kib(8).iterations(1);
        let alice = User::new(hashing.hash("secret").unwrap()).scopes(["orders:read"]);
        administration.put_user("alice", &alice).await.unwrap();
        let new = NewApiKey::new("alice").scopes(["orders:read"]);
        let (_, key) = ApiKeys::new(administration).create(new).await.unwrap();

        let keys = ApiKeys::new(store.clone()).cache_ttl(Duration::ZERO);
        let auth = Auth::builder()
            .basic(Basic::users(store).hashing(hashing))
            .api_keys(keys)
            .build()
            .unwrap();
        let app = Router::new().route("/", get(orders)).layer(auth.layer());
        Self {
            server: Server::start(app).await,
            key: key.reveal().to_owned(),
        }
    }

    async fn with_key(&self, key: &str) -> Response {
        let request = Request::get("/").header("X-API-Key", key);
        self.server.send(&request).await
    }

    async fn with_password(&self, name: &str, password: &str) -> Response {
        let pair = STANDARD.encode(format!("{name}:{password}"));
        let request = Request::get("/").header("Authorization", format!("Basic {pair}"));
        self.server.send(&request).await
    }

    /// Credentials of all kinds. The first two are valid.
    async fn answers(&self) -> [Response; 4] {
        let unknown = "ak_5Ze8GDpPmSCd_B0aFJX0dVUJd0Yy1yRXbpBbVmXlnnQIJZ5cVdkbGNiN2eBNF5";
        [
            self.with_key(&self.key).await,
            self.with_password("alice", "secret").await,
            self.with_key(unknown).await,
            self.with_password("nobody", "secret").await,
        ]
    }

    pub(crate) async fn works(&self) {
        let statuses = self.answers().await.map(|answer| answer.status);
        assert_eq!(statuses, [200, 200, 401, 401]);
    }

    /// No credential is accepted, and none is refused as invalid.
    pub(crate) async fn is_out(&self) {
        for answer in self.answers().await {
            assert_eq!(answer.status, 503);
            assert_eq!(answer.one("retry-after").as_deref(), Some("5"));
            assert_eq!(answer.challenges(), [""; 0]);
        }
    }
}
