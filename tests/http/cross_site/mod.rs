//! Credentials that browsers send by themselves: which credential decides (row H8), and requests that another site
//! causes (row H5).

mod handshakes;
mod kinds;
mod log;
mod order;
mod refusals;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use auth_runtime::api_key::NewApiKey;
use auth_runtime::authenticator::Source;
use auth_runtime::testing::Issuer;
use auth_runtime::users::{PasswordHashing, User, UserStore};
use auth_runtime::{
    ApiKeys, Auth, AuthBuilder, Basic, BoxError, Identity, guard, optional_auth, policy,
    require_auth,
};
use auth_tests::application::{AUDIENCE, ISSUER, build};
use auth_tests::client::{Request, Response};
use auth_tests::expected::{Expected, Refused, refused};
use auth_tests::server::Server;
use axum::Router;
use axum::routing::{any, post, post_service};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use tower::service_fn;

use crate::api_keys::Store;
use crate::kinds::Badge;

const SHOP: &str = "https://shop.example";
const PARTNER: &str = "https://partner.example";
const EVIL: &str = "https://evil.example";

fn who(caller: &Identity) -> String {
    format!("{} by {}", caller.subject(), caller.scheme())
}

#[require_auth]
async fn guarded(caller: Identity) -> String {
    who(&caller)
}

#[require_auth(hide)]
async fn hidden() {}

#[optional_auth]
async fn optional(caller: Option<Identity>) -> String {
    caller.as_ref().map_or("anonymous".to_owned(), who)
}

/// Without a guard.
async fn extracting(caller: Identity) -> String {
    who(&caller)
}

#[policy]
struct Anyone;

fn routes() -> Router {
    let service = service_fn(|_: axum::extract::Request| async {
        Ok::<axum::response::Response, std::convert::Infallible>(axum::response::Response::default())
    });
    Router::new()
        .route("/guarded", any(guarded))
        .route("/hidden", post(hidden))
        .route("/optional", post(optional))
        .route("/extracting", post(extracting))
        .route("/layer", post_service(service).layer(guard::<Anyone>()))
}

/// One user, `bob`.
#[derive(Clone, Default)]
struct Bob(Arc<AtomicUsize>);

impl UserStore for Bob {
    async fn find(&self, name: &str) -> Result<Option<User>, BoxError> {
        self.0.fetch_add(1, Ordering::SeqCst);
        let hash = hashing().hash("secret")?;
        Ok((name == "bob").then(|| User::new(hash)))
    }
}

fn hashing() -> PasswordHashing {
    PasswordHashing::default().memory_kib(8).iterations(1)
}

/// A service that is reached as [`SHOP`], and trusts [`PARTNER`]. Kinds that browsers send by themselves are declared
/// first.
struct World {
    server: Server,
    auth: Auth,
    issuer: Issuer,
    keys: ApiKeys,
    /// How often a badge was read.
    badges_read: Arc<AtomicUsize>,
    key_store: Store,
    bob: Bob,
    /// Kim's API key.
    key: String,
}

impl World {
    async fn start() -> Self {
        Self::with(|builder| builder.public_origin(SHOP)).await
    }

    async fn with(settings: impl FnOnce(AuthBuilder) -> AuthBuilder) -> Self {
        let issuer = Issuer::new(ISSUER, AUDIENCE);
        let (bob, key_store) = (Bob::default(), Store::default());
        let keys = ApiKeys::new(key_store.clone())
            .cookie("key")
            .query("key")
            .failure_limit(None);
        let (_, key) = keys.create(NewApiKey::new("kim")).await.unwrap();
        let badge = Badge::from(Source::Cookie("badge".to_owned()));
        let badges_read = Arc::clone(&badge.asked);
        let basic = Basic::users(bob.clone())
            .hashing(hashing())
            .failure_limit(None);
        let builder = Auth::builder()
            .authenticator(badge)
            .basic(basic)
            .api_keys(keys.clone())
            .bearer(issuer.jwt())
            .trusted_origins([PARTNER]);
        let auth = build(settings(builder));
        Self {
            server: Server::start(routes().layer(auth.layer())).await,
            auth,
            issuer,
            keys,
            badges_read,
            key_store,
            bob,
            key: key.reveal().to_owned(),
        }
    }

    async fn send(&self, request: &Request) -> Response {
        self.server.send(request).await
    }

    /// How often each store, and the kind of the badges, were asked.
    fn asked(&self) -> [usize; 3] {
        let badges = self.badges_read.load(Ordering::SeqCst);
        [
            badges,
            self.bob.0.load(Ordering::SeqCst),
            self.key_store.finds(),
        ]
    }

    /// One credential of each kind that browsers send by themselves.
    fn credentials(&self) -> [(&'static str, String); 3] {
        [
            ("Cookie", "badge=ann".to_owned()),
            ("Authorization", password("bob:secret")),
            ("Cookie", format!("key={}", self.key)),
        ]
    }
}

fn password(pair: &str) -> String {
    format!("Basic {}", STANDARD.encode(pair))
}

fn post_to(path: &str) -> Request {
    Request::new("POST", path)
}

/// The request with these header fields.
fn with(request: Request, lines: &[(&str, &str)]) -> Request {
    let mut request = request;
    for (name, value) in lines {
        request = request.header(name, value);
    }
    request
}

/// The answer to a request that may come from another site.
fn csrf() -> Refused {
    refused(403).code("csrf")
}

fn assert_answer(response: &Response, expected: impl Into<Expected>) {
    let expected: Expected = expected.into();
    if let Err(difference) = expected.compare(response) {
        panic!("{difference}\n{response:?}");
    }
}
