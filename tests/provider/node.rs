//! A node of a service that fetches its keys.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use auth_runtime::keys::KeyRefresh;
use auth_runtime::testing::{Issuer, Token};
use auth_runtime::{Auth, AuthBuilder, Identity, Jwt, require_auth};
use auth_tests::client::{Connection, Request, Response};
use auth_tests::expected::{Expected, handler, invalid_token, refused};
use auth_tests::server::Server;
use axum::Router;
use axum::routing::get;

use crate::key_server::{KEYS, KeyServer};

pub(crate) const ISSUER: &str = "https://issuer.example";
pub(crate) const AUDIENCE: &str = "https://api.example";

/// The cool-down of these tests. A test that waits for its end stops the clock and moves it.
pub(crate) const COOL_DOWN: Duration = Duration::from_secs(60);

/// How long a fetch may take: only a test that moves the clock gets there.
pub(crate) const TIMEOUT: Duration = Duration::from_secs(60);

/// More than these tests take.
const HOUR: Duration = Duration::from_secs(3600);

#[require_auth(scope = "read")]
async fn read(caller: Identity) -> String {
    let id = caller.id();
    format!("{} of {}", id.subject(), id.issuer())
}

/// One generation of the keys of [`ISSUER`].
pub(crate) fn generation(key_id: &str) -> Issuer {
    Issuer::new(ISSUER, AUDIENCE).key_id(key_id)
}

/// A new token with the scope of `/read`, unknown to every cache.
pub(crate) fn reader(issuer: &Issuer) -> Token {
    static MADE: AtomicUsize = AtomicUsize::new(0);

    let number = MADE.fetch_add(1, Ordering::Relaxed);
    let token = issuer.token("alice").scope("read");
    token.claim("jti", format!("number {number}"))
}

/// The same, signed.
pub(crate) fn fresh(issuer: &Issuer) -> String {
    reader(issuer).sign()
}

/// Keys are fetched at the start and for tokens that need others, and not otherwise.
pub(crate) fn on_demand() -> KeyRefresh {
    KeyRefresh::new()
        .interval(HOUR)
        .min_interval(HOUR)
        .max_interval(HOUR)
        .cool_down(COOL_DOWN)
        .timeout(TIMEOUT)
}

/// Keys are fetched at the start, and the cool-down after that is longer than a test.
pub(crate) fn fetched_once() -> KeyRefresh {
    let day = 24 * HOUR;
    on_demand()
        .interval(day)
        .min_interval(day)
        .max_interval(day)
        .stale_for(day)
        .cool_down(HOUR)
}

/// Keys are fetched this often, whatever the answers say.
pub(crate) fn each(interval: Duration) -> KeyRefresh {
    on_demand()
        .interval(interval)
        .min_interval(interval)
        .max_interval(interval)
        .cool_down(interval.min(COOL_DOWN))
}

/// [`ISSUER`] with the keys of this server.
pub(crate) fn trust(keys: &KeyServer, refresh: KeyRefresh) -> Jwt {
    Jwt::issuer(ISSUER)
        .audience(AUDIENCE)
        .jwks_url(keys.url(KEYS))
        .key_refresh(refresh)
}

/// A service with one guarded route.
pub(crate) struct Node {
    pub(crate) server: Server,
    pub(crate) auth: Auth,
}

impl Node {
    pub(crate) async fn start(jwt: Jwt) -> Self {
        Self::with(Auth::builder().bearer(jwt)).await
    }

    pub(crate) async fn with(builder: AuthBuilder) -> Self {
        let auth = builder.build().unwrap();
        let app = Router::new().route("/read", get(read));
        Self {
            server: Server::start(app.layer(auth.layer())).await,
            auth,
        }
    }

    pub(crate) async fn send(&self, token: &str) -> Response {
        self.server.send(&Request::get("/read").bearer(token)).await
    }

    pub(crate) async fn status(&self, token: &str) -> u16 {
        self.send(token).await.status
    }

    /// The answer to this token is this one, to the byte.
    #[track_caller]
    pub(crate) fn expect(
        &self,
        token: &str,
        expected: impl Into<Expected>,
    ) -> impl Future<Output = ()> {
        let caller = std::panic::Location::caller();
        let expected = expected.into();
        async move {
            let response = self.send(token).await;
            if let Err(difference) = expected.compare(&response) {
                panic!("{caller}: {difference}\n    {response:?}");
            }
        }
    }

    pub(crate) async fn connect(&self) -> Client {
        Client(self.server.connect().await)
    }
}

/// A connection that is used again and again.
pub(crate) struct Client(Connection);

impl Client {
    pub(crate) async fn status(&mut self, token: &str) -> u16 {
        self.statuses(&[token]).await[0]
    }

    /// The statuses of the answers to requests that are sent without waiting for the answers.
    pub(crate) async fn statuses(&mut self, tokens: &[impl AsRef<str>]) -> Vec<u16> {
        let mut requests = String::new();
        for token in tokens {
            requests += "GET /read HTTP/1.1\r\nHost: test\r\nAuthorization: Bearer ";
            requests += token.as_ref();
            requests += "\r\n\r\n";
        }
        self.0.write(requests.as_bytes()).await;
        let mut statuses = Vec::with_capacity(tokens.len());
        for _ in tokens {
            let response = self.0.read(false).await;
            statuses.push(response.expect("an answer to each").status);
        }
        statuses
    }
}

/// The handler's answer to a token of [`reader`].
pub(crate) fn read_by_alice() -> Expected {
    handler(format!("alice of {ISSUER}"))
}

/// Rows I2 and I3.
pub(crate) fn unavailable() -> Expected {
    refused(503).retry_after("5").into()
}

/// Row B9.
pub(crate) fn unknown_key() -> Expected {
    invalid_token("The access token was signed with an unknown key").into()
}
