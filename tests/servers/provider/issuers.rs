//! Several issuers, each with its own keys and outages.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use auth_runtime::keys::KeyRefresh;
use auth_runtime::testing::Issuer;
use auth_runtime::{Auth, Jwt};
use auth_tests::clock::{StoppedClock, eventually};
use auth_tests::expected::{Expected, handler, invalid_token};

use super::key_server::{Answer, KEYS, KeyServer};
use super::{AUDIENCE, COOL_DOWN, Node, each, fresh, on_demand, reader, unavailable};

const LEFT: &str = "https://left.example";
const RIGHT: &str = "https://right.example";

/// Both keys have the same `kid`.
fn issuer(name: &str) -> Issuer {
    Issuer::new(name, AUDIENCE).key_id("the key")
}

fn trust(name: &str, server: &KeyServer, refresh: KeyRefresh) -> Jwt {
    Jwt::issuer(name)
        .audience(AUDIENCE)
        .jwks_url(server.url(KEYS))
        .key_refresh(refresh)
}

fn alice_of(name: &str) -> Expected {
    handler(format!("alice of {name}"))
}

#[tokio::test(start_paused = true)]
async fn an_issuer_that_is_down_does_not_affect_another() {
    let clock = StoppedClock::start();
    let (left, right) = (issuer(LEFT), issuer(RIGHT));
    let mut left_server = KeyServer::down();
    left_server.answer(KEYS, Answer::keys([&left]));
    let right_server = KeyServer::with_keys(Answer::keys([&right])).await;
    let mut auth = Auth::builder();
    for (name, server) in [(LEFT, &left_server), (RIGHT, &right_server)] {
        auth = auth.bearer(trust(name, server, on_demand()));
    }
    let node = Node::start(auth).await;
    for _ in 0..3 {
        node.expect(&fresh(&left), unavailable()).await;
        node.expect(&fresh(&right), alice_of(RIGHT)).await;
    }
    left_server.come_back();
    clock.advance(COOL_DOWN).await;
    node.expect(&fresh(&left), alice_of(LEFT)).await;
    assert_eq!(right_server.count(KEYS), 1);
}

#[tokio::test]
async fn an_issuer_with_configured_keys_works_while_another_is_down() {
    let (left, right) = (issuer(LEFT), issuer(RIGHT));
    let left_server = KeyServer::down();
    let auth = Auth::builder()
        .bearer(trust(LEFT, &left_server, on_demand()))
        .bearer(right.jwt());
    let node = Node::start(auth).await;
    node.expect(&fresh(&left), unavailable()).await;
    node.expect(&fresh(&right), alice_of(RIGHT)).await;
}

#[tokio::test]
async fn a_key_removed_by_one_issuer_leaves_known_tokens_of_another() {
    let (left, right) = (issuer(LEFT), issuer(RIGHT));
    let left_server = KeyServer::with_keys(Answer::keys([&left])).await;
    let right_server = KeyServer::with_keys(Answer::keys([&right])).await;
    let mapped = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&mapped);
    let fast = || each(Duration::from_millis(100));
    let auth = Auth::builder()
        .bearer(trust(LEFT, &left_server, fast()))
        .bearer(
            trust(RIGHT, &right_server, on_demand()).map_identity(move |identity| {
                count.fetch_add(1, Ordering::SeqCst);
                std::future::ready(Ok(identity))
            }),
        );
    let node = Node::start(auth).await;
    let (of_left, of_right) = (fresh(&left), fresh(&right));
    node.expect(&of_left, alice_of(LEFT)).await;
    node.expect(&of_right, alice_of(RIGHT)).await;
    left_server.answer(KEYS, Answer::keys([&issuer(LEFT).key_id("next")]));
    eventually("the token is refused", async || {
        node.status(&of_left).await == 401
    })
    .await;
    node.expect(&of_right, alice_of(RIGHT)).await;
    assert_eq!(mapped.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn each_issuer_has_its_own_audience_and_claims() {
    let (left, right) = (
        issuer(LEFT),
        Issuer::new(RIGHT, "urn:ours").key_id("the key"),
    );
    let server = KeyServer::with_keys(Answer::keys([&left])).await;
    let other = KeyServer::with_keys(Answer::keys([&right])).await;
    let auth = Auth::builder()
        .bearer(trust(LEFT, &server, on_demand()))
        .bearer(
            Jwt::issuer(RIGHT)
                .audience("urn:ours")
                .subject_claim("client_id")
                .scopes("permissions")
                .jwks_url(other.url(KEYS))
                .key_refresh(on_demand()),
        );
    let node = Node::start(auth).await;
    let of_right = || {
        reader(&right)
            .claim("client_id", "machine")
            .claim("permissions", ["read"])
    };
    node.expect(&of_right().sign(), handler(format!("machine of {RIGHT}")))
        .await;
    node.expect(&fresh(&left), alice_of(LEFT)).await;

    let audience = || invalid_token("The access token audience does not match");
    node.expect(&of_right().claim("aud", AUDIENCE).sign(), audience())
        .await;
    node.expect(&reader(&left).claim("aud", "urn:ours").sign(), audience())
        .await;
    // The scopes claim of one issuer does not count for the other.
    let misplaced = reader(&left)
        .without("scope")
        .claim("permissions", ["read"]);
    assert_eq!(node.status(&misplaced.sign()).await, 403);
}
