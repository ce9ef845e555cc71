//! A service that asks an authorization server about its callers' tokens.

use std::panic::Location;
use std::time::{SystemTime, UNIX_EPOCH};

use auth_runtime::{Auth, AuthBuilder, Identity, Introspection, require_auth};
use auth_tests::client::{Connection, Request, Response};
use auth_tests::expected::{Expected, handler, refused};
use auth_tests::server::Server;
use axum::Router;
use axum::routing::get;

use crate::authorization_server::AuthorizationServer;

pub(crate) const ISSUER: &str = "https://issuer.example";
pub(crate) const AUDIENCE: &str = "https://api.example";

/// What the server says of a token that opens `/read`.
pub(crate) const READER: &str =
    r#""sub":"alice","aud":"https://api.example","scope":"read","token_type":"Bearer""#;

#[require_auth(scope = "read")]
async fn read(caller: Identity) -> String {
    let id = caller.id();
    format!("{} of {}", id.subject(), id.issuer())
}

#[require_auth(not(scope = "trial"))]
async fn not_on_trial() {}

/// Asks this server.
pub(crate) fn ask(server: &AuthorizationServer) -> Introspection {
    Introspection::endpoint(server.url())
        .issuer(ISSUER)
        .client("orders-api", "the secret of this API")
        .audience(AUDIENCE)
}

pub(crate) struct Node {
    pub(crate) server: Server,
}

impl Node {
    pub(crate) async fn start(introspection: Introspection) -> Self {
        Self::with(Auth::builder().introspection(introspection)).await
    }

    pub(crate) async fn with(builder: AuthBuilder) -> Self {
        let auth = builder.build().unwrap();
        let app = Router::new()
            .route("/read", get(read))
            .route("/not-on-trial", get(not_on_trial))
            .layer(auth.layer());
        Self {
            server: Server::start(app).await,
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
        let caller = Location::caller();
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
    /// The answers to requests that are sent without waiting for them.
    pub(crate) async fn statuses(&mut self, tokens: &[String]) -> Vec<u16> {
        let mut requests = String::new();
        for token in tokens {
            requests += "GET /read HTTP/1.1\r\nHost: test\r\nAuthorization: Bearer ";
            requests += token;
            requests += "\r\n\r\n";
        }
        self.0.write(requests.as_bytes()).await;
        let mut statuses = Vec::with_capacity(tokens.len());
        for _ in tokens {
            let response = self.0.read(false).await.expect("an answer to each");
            if response.status == 503 {
                assert!(response.one("retry-after").is_some(), "{response:?}");
            }
            statuses.push(response.status);
        }
        statuses
    }
}

/// The handler's answer to a token of [`READER`].
pub(crate) fn read_by_alice() -> Expected {
    handler(format!("alice of {ISSUER}"))
}

/// Row I4.
pub(crate) fn unavailable() -> Expected {
    refused(503).retry_after("5").into()
}

pub(crate) fn seconds_from_now(seconds: i64) -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    i64::try_from(now.as_secs()).unwrap() + seconds
}
