//! Two nodes with one Redis, for their sessions and for the list of revoked tokens.

use std::time::{Duration, Instant, SystemTime};

use auth_runtime::IdentityId;
use auth_runtime::redis::RedisRevocation;
use auth_runtime::revocation::Revoked;
use auth_tests::clock::{eventually, unless_it_hangs};

use super::*;

/// So long that a node learns of an end through the list only.
const CACHE_TTL: Duration = Duration::from_secs(3600);

async fn node(server: &RedisServer) -> Node {
    let sessions = RedisSessions::new(&server.url()).unwrap();
    let sessions = Sessions::new(sessions).cache_ttl(CACHE_TTL);
    let issuer = Issuer::new(ISSUER, AUDIENCE);
    let builder = Auth::builder()
        .sessions(sessions.clone())
        .bearer(issuer.jwt())
        .revocation(RedisRevocation::new(&server.url()).unwrap())
        .public_origin(ORIGIN);
    let auth = build(builder);
    auth.ready().await;
    let app = routes(sessions.clone()).with_auth(auth.clone());
    Node {
        server: Server::start(app).await,
        sessions,
        issuer,
        auth,
        _redis: None,
    }
}

async fn status(node: &Node, cookie: &str) -> u16 {
    node.send(&with_cookie(Request::get("/any"), cookie))
        .await
        .status
}

#[tokio::test]
async fn a_session_that_is_ended_on_one_node_is_soon_refused_on_the_other() {
    const ROUNDS: usize = 200;

    let server = RedisServer::start(&[]).await;
    let [one, other] = [node(&server).await, node(&server).await];
    let mut times = Vec::new();
    for round in 0..ROUNDS {
        let cookie = one.log_in("alice").await;
        assert_eq!(status(&other, &cookie).await, 200);
        let begun = Instant::now();
        let alice = IdentityId::new(ORIGIN, "alice");
        match round % 4 {
            0 => {
                let log_out = with_cookie(Request::new("POST", "/logout"), &cookie);
                assert_eq!(one.send(&log_out).await.status, 200);
            }
            1 => {
                let renew = with_cookie(Request::new("POST", "/renew"), &cookie);
                assert_eq!(one.send(&renew).await.status, 200);
            }
            2 => one.sessions.end_all(&alice).await.unwrap(),
            _ => {
                let revoked = Revoked::subject(ORIGIN, "alice", SystemTime::now());
                one.auth.revoke(revoked).await.unwrap();
            }
        }
        unless_it_hangs(Box::pin(async {
            while status(&other, &cookie).await != 401 {
                tokio::task::yield_now().await;
            }
        }))
        .await;
        times.push(begun.elapsed());
    }
    times.sort_unstable();
    let at = |percent: usize| times[(ROUNDS * percent / 100).min(ROUNDS - 1)];
    println!(
        "until a session that was ended on one node is refused on the other: p50 {:?}, p99 {:?}",
        at(50),
        at(99)
    );
}

#[tokio::test]
async fn a_session_that_is_started_on_one_node_works_on_the_other() {
    let server = RedisServer::start(&[]).await;
    let [one, other] = [node(&server).await, node(&server).await];
    let cookie = one.log_in("alice").await;
    assert_eq!(status(&other, &cookie).await, 200);
    let renewed = with_cookie(Request::new("POST", "/renew"), &cookie);
    let renewed = super::cookie(&other.send(&renewed).await);
    assert_eq!(status(&one, &renewed).await, 200);
}

#[tokio::test]
async fn sessions_are_back_when_redis_is_back_and_meanwhile_get_503() {
    let mut server = RedisServer::start(&["--appendonly", "yes", "--appendfsync", "always"]).await;
    let sessions = RedisSessions::new(&server.url()).unwrap();
    let node = Node::start(Sessions::new(sessions).cache_ttl(Duration::ZERO)).await;
    let alice = node.log_in("alice").await;
    server.kill();
    assert_eq!(status(&node, &alice).await, 503);
    let log_out = with_cookie(Request::new("POST", "/logout"), &alice);
    let refused = node.send(&log_out).await;
    assert_eq!((refused.status, refused.one("set-cookie")), (503, None));
    server.run().await;
    eventually("the session works again", async || {
        status(&node, &alice).await == 200
    })
    .await;
}
