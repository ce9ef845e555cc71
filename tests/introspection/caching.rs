//! Row I6, and how long a revoked token is still accepted.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, UNIX_EPOCH};

use auth_runtime::Auth;
use auth_runtime::bearer::TokenCache;
use auth_tests::clock::StoppedClock;

use super::authorization_server::AuthorizationServer;
use super::node::{Node, READER, ask, read_by_alice, seconds_from_now};

const TOKEN: &str = "the-opaque-token-of-alice";

#[tokio::test]
async fn i6_an_active_token_is_introspected_once_over_http() {
    let server = AuthorizationServer::start().await;
    server.knows(TOKEN, READER);
    let node = Node::start(ask(&server)).await;
    for _ in 0..10 {
        node.expect(TOKEN, read_by_alice()).await;
    }
    assert_eq!(server.count(), 1);
}

#[tokio::test]
async fn i6_no_introspection_result_is_used_beyond_the_expiry_of_the_token() {
    let expiry = seconds_from_now(2);
    let now = Arc::new(AtomicI64::new(expiry - 2));
    let clock = Arc::clone(&now);
    let clock = move || {
        let seconds = clock.load(Ordering::SeqCst).unsigned_abs();
        UNIX_EPOCH + Duration::from_secs(seconds)
    };
    let server = AuthorizationServer::start().await;
    server.knows(TOKEN, &format!(r#"{READER},"exp":{expiry}"#));
    let hour = Duration::from_secs(3600);
    let introspection = ask(&server).cache_ttl(hour);
    let builder = Auth::builder().introspection(introspection);
    let node = Node::with(builder.clock(clock)).await;
    node.expect(TOKEN, read_by_alice()).await;
    server.revokes(TOKEN);
    now.store(expiry - 1, Ordering::SeqCst);
    node.expect(TOKEN, read_by_alice()).await;
    assert_eq!(server.count(), 1);
    now.store(expiry, Ordering::SeqCst);
    assert_eq!(node.status(TOKEN).await, 401);
}

#[tokio::test(start_paused = true)]
async fn b18_a_token_revoked_at_the_server_is_refused_within_the_cache_ttl() {
    let clock = StoppedClock::start();
    let bound = Duration::from_secs(1);
    let server = AuthorizationServer::start().await;
    let node = Node::start(ask(&server).cache_ttl(bound)).await;
    server.knows(TOKEN, READER);
    node.expect(TOKEN, read_by_alice()).await;
    server.revokes(TOKEN);
    let almost = Duration::from_millis(999);
    clock.advance(almost).await;
    node.expect(TOKEN, read_by_alice()).await;
    assert_eq!(server.count(), 1);
    clock.advance(Duration::from_millis(1)).await;
    assert_eq!(node.status(TOKEN).await, 401);
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
