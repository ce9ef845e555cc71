//! A client that sends and receives JSON.

use auth_tests::client::{Request, Response};
use auth_tests::server::Server;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

pub(crate) struct Client {
    server: Server,
}

impl Client {
    pub(crate) async fn of(app: axum::Router) -> Self {
        Self {
            server: Server::start(app).await,
        }
    }

    /// Sends a request. An empty `authorization` sends no such field, and `null` no body.
    pub(crate) async fn send(
        &self,
        method: &str,
        path: &str,
        authorization: &str,
        body: Value,
    ) -> Response {
        let mut request = match body {
            Value::Null => Request::new(method, path),
            body => Request::post(path, "application/json", &body.to_string()).method(method),
        };
        if !authorization.is_empty() {
            request = request.header("Authorization", authorization);
        }
        self.server.send(&request).await
    }

    /// The status of a request without a body.
    pub(crate) async fn status(&self, method: &str, path: &str, authorization: &str) -> u16 {
        let response = self.send(method, path, authorization, Value::Null).await;
        response.status
    }
}

/// The JSON in a body.
pub(crate) fn json(response: &Response) -> Value {
    serde_json::from_slice(&response.body).unwrap_or_else(|error| panic!("{error}: {response:?}"))
}

/// The value of `Authorization` for HTTP Basic.
pub(crate) fn basic(name: &str, password: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{name}:{password}")))
}

/// The value of `Authorization` for a bearer token.
pub(crate) fn bearer(token: &str) -> String {
    format!("Bearer {token}")
}
