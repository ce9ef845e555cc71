//! A node of a service, and its clients.

use std::panic::Location;

use auth_runtime::{Auth, AuthBuilder, Identity, require_auth};
use auth_tests::client::{Connection, Request, Response};
use auth_tests::expected::Expected;
use auth_tests::server::Server;
use axum::Router;
use axum::routing::get;

#[require_auth]
async fn any_caller() -> &'static str {
    "any caller"
}

#[require_auth(scope = "read")]
async fn read(caller: Identity) -> String {
    let id = caller.id();
    format!("{} of {}", id.subject(), id.issuer())
}

#[require_auth(not(scope = "trial"))]
async fn not_on_trial() {}

/// A server with one `Auth`, and the route that [`send`](Self::send) and the clients use.
pub(crate) struct Node {
    pub(crate) server: Server,
    pub(crate) auth: Auth,
    path: &'static str,
}

impl Node {
    /// A node whose route is `/read`, which requires the scope `read`.
    pub(crate) async fn start(builder: AuthBuilder) -> Self {
        Self::of_path(builder, "/read").await
    }

    /// A node whose route is `/any`, which requires no scope.
    pub(crate) async fn for_any_caller(builder: AuthBuilder) -> Self {
        Self::of_path(builder, "/any").await
    }

    async fn of_path(builder: AuthBuilder, path: &'static str) -> Self {
        let auth = builder.build().unwrap();
        let app = Router::new()
            .route("/any", get(any_caller))
            .route("/read", get(read))
            .route("/not-on-trial", get(not_on_trial))
            .layer(auth.layer());
        Self {
            server: Server::start(app).await,
            auth,
            path,
        }
    }

    pub(crate) async fn send(&self, token: &str) -> Response {
        let request = Request::get(self.path).bearer(token);
        self.server.send(&request).await
    }

    pub(crate) async fn status(&self, token: &str) -> u16 {
        self.send(token).await.status
    }

    /// Asserts that the response to this token has exactly the expected bytes.
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
        Client {
            connection: self.server.connect().await,
            path: self.path,
        }
    }
}

/// A connection that is used for several requests.
pub(crate) struct Client {
    connection: Connection,
    path: &'static str,
}

impl Client {
    pub(crate) async fn status(&mut self, token: &str) -> u16 {
        self.statuses(&[token]).await[0]
    }

    /// The statuses of the responses to requests that are sent without waiting for a response.
    pub(crate) async fn statuses(&mut self, tokens: &[impl AsRef<str>]) -> Vec<u16> {
        let mut requests = String::new();
        for token in tokens {
            requests += "GET ";
            requests += self.path;
            requests += " HTTP/1.1\r\nHost: test\r\nAuthorization: Bearer ";
            requests += token.as_ref();
            requests += "\r\n\r\n";
        }
        self.connection.write(requests.as_bytes()).await;
        let mut statuses = Vec::with_capacity(tokens.len());
        for _ in tokens {
            let response = self.connection.read(false).await;
            let response = response.expect("a response to each request");
            if response.status == 503 {
                assert!(response.one("retry-after").is_some(), "{response:?}");
            }
            statuses.push(response.status);
        }
        statuses
    }
}
