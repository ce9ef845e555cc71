//! Opaque tokens and an authorization server controlled by the tests: its requests, the outcomes of its responses,
//! outages and floods.

mod authorization_server;
mod caching;
mod client_authentication;
mod floods;
mod outages;
mod responses;
mod token_kinds;

use std::time::{SystemTime, UNIX_EPOCH};

use auth_runtime::{Auth, Introspection};
use auth_tests::application::{AUDIENCE, ISSUER};
use auth_tests::expected::{Expected, handler, refused};

use self::authorization_server::AuthorizationServer;
use crate::node::Node;

/// The members of the introspection response for a token with the scope `read`.
const READER: &str =
    r#""sub":"alice","aud":"https://api.example","scope":"read","token_type":"Bearer""#;

/// Introspection at this server.
fn introspection(server: &AuthorizationServer) -> Introspection {
    Introspection::endpoint(server.url())
        .issuer(ISSUER)
        .client("orders-api", "the secret of this API")
        .audience(AUDIENCE)
}

async fn start_node(introspection: Introspection) -> Node {
    Node::start(Auth::builder().introspection(introspection)).await
}

/// The response of the handler to a token of [`READER`].
fn read_by_alice() -> Expected {
    handler(format!("alice of {ISSUER}"))
}

/// Row I4.
fn unavailable() -> Expected {
    refused(503).retry_after("5").into()
}

fn seconds_from_now(seconds: i64) -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    i64::try_from(now.as_secs()).unwrap() + seconds
}
