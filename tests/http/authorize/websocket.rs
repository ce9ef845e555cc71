//! A WebSocket whose messages are authorized one by one.

use std::time::SystemTime;

use auth_runtime::revocation::{MemoryRevocation, Revoked};
use auth_runtime::routing::get;
use auth_runtime::testing::Issuer;
use auth_runtime::{Auth, Identity, Router, require_auth};
use auth_tests::application::{AUDIENCE, ISSUER, build};
use auth_tests::client::{Connection, Request};
use auth_tests::clock::unless_it_hangs;
use auth_tests::server::Server;
use axum::Extension;
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::response::Response;

use super::Readers;

#[require_auth]
async fn socket(
    caller: Identity,
    Extension(auth): Extension<Auth>,
    upgrade: WebSocketUpgrade,
) -> Response {
    upgrade.on_upgrade(move |socket| converse(socket, caller, auth))
}

/// Answers each message, until the caller may not read any more.
async fn converse(mut socket: WebSocket, caller: Identity, auth: Auth) {
    while let Some(Ok(Message::Text(_))) = socket.recv().await {
        let decision = auth.authorize::<Readers>(&caller);
        let answer = decision.as_ref().map_or_else(
            |denial| format!("{} {}", denial.status().as_u16(), denial.description()),
            |()| format!("hello {}", caller.subject()),
        );
        let sent = socket.send(Message::Text(answer.into())).await;
        if sent.is_err() || decision.is_err() {
            return;
        }
    }
}

/// Sends a text of a few octets, and returns the text of the answer (RFC 6455 section 5.2).
async fn ask(connection: &mut Connection) -> String {
    // Masked with zeros.
    connection.write(b"\x81\x82\0\0\0\0hi").await;
    let head = connection.read_exactly(2).await;
    assert_eq!(head[0], 0x81, "a text in one frame");
    let text = connection.read_exactly(head[1].into()).await;
    String::from_utf8(text).unwrap()
}

#[tokio::test]
async fn a_websocket_refuses_messages_once_the_token_of_its_caller_is_revoked() {
    let issuer = Issuer::new(ISSUER, AUDIENCE);
    let auth = build(
        Auth::builder()
            .bearer(issuer.jwt())
            .revocation(MemoryRevocation::new()),
    );
    let app = Router::new()
        .route("/socket", get(socket))
        .with_auth(auth.clone())
        .layer(Extension(auth.clone()));
    let server = Server::start(app).await;
    let connect = async |token: &str| {
        let handshake = Request::get("/socket")
            .bearer(token)
            .header("Connection", "upgrade")
            .header("Upgrade", "websocket")
            .header("Sec-WebSocket-Version", "13")
            .header("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==");
        let mut connection = server.connect().await;
        connection.write(&handshake.to_bytes()).await;
        assert_eq!(connection.read(true).await.unwrap().status, 101);
        connection
    };
    unless_it_hangs(async {
        let mut alice = connect(&issuer.token("alice").scope("read").sign()).await;
        let mut bob = connect(&issuer.token("bob").scope("read").sign()).await;
        let mut eve = connect(&issuer.token("eve").sign()).await;
        for _ in 0..2 {
            assert_eq!(ask(&mut alice).await, "hello alice");
        }
        assert_eq!(
            ask(&mut eve).await,
            "403 The access token lacks a required scope"
        );
        let revoked = Revoked::subject(ISSUER, "alice", SystemTime::now());
        auth.revoke(revoked).await.unwrap();
        assert_eq!(ask(&mut alice).await, "401 The access token was revoked");
        assert_eq!(ask(&mut bob).await, "hello bob");
    })
    .await;
}
