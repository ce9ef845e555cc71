//! An introspection server that is down, slow or sends malformed responses: 503; one that refuses
//! this API as a client: 500.

use std::time::Duration;

use auth_tests::clock::{StoppedClock, eventually};
use auth_tests::expected::{Expected, invalid_token, refused};
use auth_tests::logs::{Capture, Event};
use tracing::Level;

use super::authorization_server::{AuthorizationServer, Manner};
use super::{READER, introspection, read_by_alice, start_node, unavailable};

const TOKEN: &str = "the-opaque-token-of-alice";
const TIMEOUT: Duration = Duration::from_secs(1);

#[tokio::test]
async fn i4_an_introspection_server_that_is_down_is_answered_503() {
    let server = AuthorizationServer::start().await;
    let node = start_node(introspection(&server)).await;
    drop(server);
    tokio::task::yield_now().await;
    node.expect(TOKEN, unavailable()).await;
}

#[tokio::test(start_paused = true)]
async fn i4_a_slow_introspection_server_is_503_after_the_timeout() {
    let clock = StoppedClock::start();
    let server = AuthorizationServer::start().await;
    server.knows(TOKEN, READER);
    let node = start_node(introspection(&server).timeout(TIMEOUT)).await;
    server.answers(Manner::Hangs);
    let time = async {
        eventually("a request arrives", async || server.count() == 1).await;
        clock.advance(TIMEOUT).await;
    };
    tokio::join!(node.expect(TOKEN, unavailable()), time);
    server.answers(Manner::Honest);
    node.expect(TOKEN, read_by_alice()).await;
}

#[tokio::test]
async fn i4_an_unusable_introspection_response_is_answered_503() {
    let active = format!(r#"{{"active":true,{READER}}}"#);
    let always = |status, lines, content: &str| Manner::Always(status, lines, content.to_owned());
    let server = AuthorizationServer::start().await;
    server.knows(TOKEN, READER);
    // No response is cached.
    let node = start_node(introspection(&server).negative_cache_ttl(Duration::ZERO)).await;
    for (what, manner) in [
        ("hangs up", Manner::HangsUp),
        ("garbage", Manner::Garbage),
        ("500", always(500, "", &active)),
        ("502", always(502, "", "<html>")),
        ("404", always(404, "", &active)),
        ("429", always(429, "", "")),
        ("a firewall", always(403, "", "<html>blocked</html>")),
        ("another firewall", always(400, "", "")),
        (
            "another request",
            always(400, "", r#"{"error":"invalid_request"}"#),
        ),
        (
            "a rule of the server",
            always(403, "", r#"{"error":"access_denied"}"#),
        ),
        (
            "a challenge for a bearer token",
            always(401, "WWW-Authenticate: Bearer\r\n", ""),
        ),
        ("204", always(204, "", "")),
        (
            "redirect",
            always(307, "Location: /introspect\r\n", &active),
        ),
        ("no JSON", always(200, "", "active")),
        ("nothing", always(200, "", "")),
        ("no active", always(200, "", "{}")),
        (
            "a text",
            always(200, "", &active.replace("true", r#""true""#)),
        ),
        (
            "both",
            always(200, "", &active.replacen('{', r#"{"active":false,"#, 1)),
        ),
    ] {
        server.answers(manner);
        let before = server.count();
        let response = node.send(TOKEN).await;
        if let Err(difference) = unavailable().compare(&response) {
            panic!("{what}: {difference}");
        }
        // The HTTP client retries if the server closes a kept connection.
        let asked = server.count() - before;
        let most = if what == "hangs up" { 2 } else { 1 };
        assert!((1..=most).contains(&asked), "{what}: {asked}");
    }
    server.answers(Manner::Honest);
    node.expect(TOKEN, read_by_alice()).await;
}

#[tokio::test(start_paused = true)]
async fn i5_refused_client_credentials_are_answered_500() {
    let _clock = StoppedClock::start();
    for (status, text) in [
        (401, r#"{"error":"invalid_client"}"#),
        (401, ""),
        (400, r#"{"error":"unauthorized_client"}"#),
    ] {
        let logs = Capture::start();
        let server = AuthorizationServer::start().await;
        server.answers(Manner::Always(status, "", text.to_owned()));
        let node = start_node(introspection(&server)).await;
        for number in 0..20 {
            let expected: Expected = refused(500).into();
            node.expect(&format!("{TOKEN}-{number}"), expected).await;
        }
        let events = logs.take_runtime_events();
        let loud = events
            .iter()
            .filter(|event| event.message() == "introspection refused us");
        let loud: Vec<_> = loud.collect();
        // One event per second, and no second has passed.
        assert_eq!(loud.len(), 1, "{events:?}");
        assert_eq!(loud[0].level, Level::ERROR);
        assert!(
            loud[0]
                .field("reason")
                .unwrap()
                .contains(&status.to_string())
        );
    }
}

#[tokio::test]
async fn no_introspection_secret_is_logged() {
    let logs = Capture::start();
    let server = AuthorizationServer::start().await;
    server.knows(TOKEN, READER);
    let node = start_node(introspection(&server).cache_ttl(Duration::ZERO)).await;
    node.expect(TOKEN, read_by_alice()).await;
    node.expect(
        "another-opaque-token",
        invalid_token("The access token is not active"),
    )
    .await;
    for manner in [
        Manner::Always(500, "", String::new()),
        Manner::Always(401, "", String::new()),
        Manner::Garbage,
        Manner::HangsUp,
    ] {
        server.answers(manner);
        assert!(node.status(TOKEN).await >= 500);
    }
    let ours = logs.take_runtime_events();
    let messages: Vec<_> = ours.iter().map(Event::message).collect();
    for message in [
        "token introspected",
        "introspection failed",
        "introspection refused us",
    ] {
        assert!(messages.contains(&message), "{message}: {ours:?}");
    }
    for secret in [TOKEN, "another-opaque-token", "the secret of this API"] {
        assert!(!ours.everything().contains(secret), "{secret}: {ours:?}");
    }
}
