//! API keys, seen from the other end of a socket.

mod authorization_prefix;
mod beside_bearer_tokens;
mod limits;
mod load;
mod outages;
mod revocation;
mod rows;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::SystemTime;

use auth_runtime::api_key::{
    ApiKey, ApiKeyDigest, ApiKeyRecord, ApiKeyStore, MemoryApiKeys, NewApiKey, RotateError,
};
use auth_runtime::{ApiKeys, Auth, BoxError, Claims, Identity, optional_auth, require_auth};
use auth_tests::application::build;
use auth_tests::client::{Request, Response};
use auth_tests::server::Server;
use axum::Router;
use axum::http::header::CACHE_CONTROL;
use axum::response::IntoResponse;
use axum::routing::get;
use serde::Deserialize;

const CHALLENGE: &str = r#"ApiKey realm="api""#;

#[require_auth]
async fn any(caller: Identity) -> String {
    caller.subject().to_owned()
}

#[require_auth(scope = "read")]
async fn read(caller: Identity) -> String {
    caller.subject().to_owned()
}

#[require_auth(role = "admin")]
async fn admin(caller: Identity) -> String {
    caller.subject().to_owned()
}

#[require_auth(scheme = "api_key")]
async fn keys_only(caller: Identity) -> String {
    caller.subject().to_owned()
}

#[require_auth(scheme = "bearer")]
async fn bearer_only() {}

#[optional_auth]
async fn optional(caller: Option<Identity>) -> String {
    caller.map_or("anonymous".to_owned(), |caller| caller.subject().to_owned())
}

#[require_auth]
async fn cacheable() -> impl IntoResponse {
    [(CACHE_CONTROL, "max-age=60")]
}

#[derive(Deserialize)]
struct Which {
    api_key: String,
}

#[require_auth]
async fn which(Claims(which): Claims<Which>) -> String {
    which.api_key
}

fn routes() -> Router {
    Router::new()
        .route("/any", get(any))
        .route("/read", get(read))
        .route("/admin", get(admin))
        .route("/keys-only", get(keys_only))
        .route("/bearer-only", get(bearer_only))
        .route("/optional", get(optional))
        .route("/cacheable", get(cacheable))
        .route("/which", get(which))
}

/// A node of a service that accepts API keys.
struct Node {
    server: Server,
    keys: ApiKeys,
}

impl Node {
    async fn start(keys: ApiKeys) -> Self {
        let auth = build(Auth::builder().api_keys(keys.clone()));
        Self {
            server: Server::start(routes().layer(auth.layer())).await,
            keys,
        }
    }

    async fn send(&self, request: &Request) -> Response {
        self.server.send(request).await
    }

    /// The answer to this key on `/any`.
    async fn present(&self, key: &str) -> Response {
        self.send(&Request::get("/any").header("X-API-Key", key))
            .await
    }

    async fn status(&self, key: &ApiKey) -> u16 {
        self.present(key.reveal()).await.status
    }

    async fn create(&self, new: NewApiKey) -> ApiKey {
        self.keys.create(new).await.unwrap().1
    }
}

/// A well-formed key that no store knows.
pub(crate) async fn strange_key() -> ApiKey {
    let elsewhere = ApiKeys::new(MemoryApiKeys::new());
    elsewhere.create(NewApiKey::new("eve")).await.unwrap().1
}

/// The prefix of `key` and another secret, in the form that the docs of `ApiKey` give: 43 characters
/// and a CRC-32 in base62.
fn wrong_secret(key: &ApiKey) -> String {
    const DIGITS: &[u8] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let text = format!("{}_{}", key.prefix(), "x".repeat(43));
    let mut crc = u32::MAX;
    for bit in text
        .bytes()
        .flat_map(|byte| (0..8).map(move |bit| u32::from(byte >> bit & 1)))
    {
        crc = if (crc ^ bit) & 1 == 1 {
            (crc >> 1) ^ 0xEDB8_8320
        } else {
            crc >> 1
        };
    }
    let digit = |place: u32| DIGITS[(!crc / 62_u32.pow(place) % 62) as usize];
    let checksum: String = (0..6).rev().map(|place| char::from(digit(place))).collect();
    format!("{text}{checksum}")
}

/// A store that can be down, or so slow that it never answers. Clones are one store.
#[derive(Clone, Default)]
pub(crate) struct Store {
    keys: MemoryApiKeys,
    finds: Arc<AtomicUsize>,
    down: Arc<AtomicBool>,
    slow: Arc<AtomicBool>,
}

impl Store {
    pub(crate) fn finds(&self) -> usize {
        self.finds.load(Ordering::SeqCst)
    }

    async fn answer(&self) -> Result<(), BoxError> {
        if self.slow.load(Ordering::SeqCst) {
            std::future::pending::<()>().await;
        }
        if self.down.load(Ordering::SeqCst) {
            return Err("connection refused by db.internal".into());
        }
        Ok(())
    }
}

impl ApiKeyStore for Store {
    async fn find(&self, digest: &ApiKeyDigest) -> Result<Option<ApiKeyRecord>, BoxError> {
        self.finds.fetch_add(1, Ordering::SeqCst);
        self.answer().await?;
        self.keys.find(digest).await
    }

    async fn list(&self, owner: Option<&str>) -> Result<Vec<ApiKeyRecord>, BoxError> {
        self.keys.list(owner).await
    }

    async fn insert(&self, key: &ApiKeyRecord) -> Result<(), BoxError> {
        self.keys.insert(key).await
    }

    async fn revoke(&self, prefix: &str, time: SystemTime) -> Result<bool, BoxError> {
        self.keys.revoke(prefix, time).await
    }

    async fn rotate(
        &self,
        prefix: &str,
        time: SystemTime,
        successor: &ApiKeyRecord,
    ) -> Result<(), RotateError> {
        self.keys.rotate(prefix, time, successor).await
    }

    async fn record_use(&self, uses: &[(String, SystemTime)]) -> Result<(), BoxError> {
        self.keys.record_use(uses).await
    }
}
