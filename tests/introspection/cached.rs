//! Row I6, and how long a token that was revoked stays good.

use std::time::{Duration, Instant};

use auth_runtime::{Auth, TokenCache};

use super::authorization_server::AuthorizationServer;
use super::node::{Node, READER, ask, read_by_alice, seconds_from_now};

const TOKEN: &str = "the-opaque-token-of-alice";

#[tokio::test]
async fn i6_a_good_token_is_asked_about_once() {
    let server = AuthorizationServer::start().await;
    server.knows(TOKEN, READER);
    let node = Node::start(ask(&server)).await;
    for _ in 0..10 {
        node.expect(TOKEN, read_by_alice()).await;
    }
    assert_eq!(server.count(), 1);
}

#[tokio::test]
async fn i6_no_answer_is_good_beyond_the_expiry_of_the_token() {
    let expiry = seconds_from_now(2);
    let server = AuthorizationServer::start().await;
    server.knows(TOKEN, &format!(r#"{READER},"exp":{expiry}"#));
    let node = Node::start(ask(&server)).await;
    node.expect(TOKEN, read_by_alice()).await;
    server.revokes(TOKEN);
    loop {
        let begun = seconds_from_now(0);
        match node.status(TOKEN).await {
            200 => assert!(begun < expiry, "let in after it expired"),
            401 => break,
            other => panic!("{other}"),
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn b18_a_revoked_token_is_refused_within_the_bound() {
    let bound = Duration::from_secs(1);
    let server = AuthorizationServer::start().await;
    let node = Node::start(ask(&server).cache_for(bound)).await;
    for round in 0..3 {
        let token = format!("{TOKEN}-{round}");
        server.knows(&token, READER);
        node.expect(&token, read_by_alice()).await;
        server.revokes(&token);
        let revoked = Instant::now();
        let mut let_in = 0;
        loop {
            let begun = revoked.elapsed();
            match node.status(&token).await {
                200 => {
                    assert!(begun <= bound, "let in {begun:?} after it was revoked");
                    let_in += 1;
                }
                401 => break,
                other => panic!("{other}"),
            }
        }
        assert!(let_in > 0, "it was not cached");
    }
}

#[tokio::test]
async fn without_a_cache_a_revoked_token_is_refused_at_once() {
    let server = AuthorizationServer::start().await;
    server.knows(TOKEN, READER);
    let builder = Auth::builder().introspection(ask(&server));
    let node = Node::with(builder.token_cache(TokenCache::OFF)).await;
    node.expect(TOKEN, read_by_alice()).await;
    node.expect(TOKEN, read_by_alice()).await;
    assert_eq!(server.count(), 2);
    server.revokes(TOKEN);
    assert_eq!(node.status(TOKEN).await, 401);
}
