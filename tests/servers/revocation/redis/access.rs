//! Permissions of the Redis user, and the errors if they are missing.

use auth_runtime::redis::RedisRevocation;
use auth_runtime::revocation::Revocation;
use auth_tests::clock::eventually;
use auth_tests::logs::Capture;
use auth_tests::redis_server::RedisServer;

use super::{is_degraded, is_refused, is_whole, list, revoke, token};
use crate::revocation::{ListNode, issuer, unavailable};

/// As documented at `RedisRevocation`.
const USER: &str = "ACL SETUSER api on >password ~auth:revoked* \
                    +xadd +xread +xrange +set +del +select +client";

fn as_user(server: &RedisServer, password: &str) -> RedisRevocation {
    let url = format!("redis://api:{password}@127.0.0.1:{}/0", server.port());
    RedisRevocation::new(&url).unwrap()
}

fn set_user(server: &RedisServer, command: &str) {
    let words: Vec<_> = command.split_whitespace().collect();
    assert_eq!(server.ask(&words), "OK");
}

#[tokio::test]
async fn the_documented_redis_user_has_all_needed_permissions() {
    let documentation = include_str!("../../../../auth-runtime/src/redis/revocation/mod.rs");
    let documentation = documentation.replace("///", "");
    let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words(&documentation).contains(&words(USER)));

    let server = RedisServer::start(&[]).await;
    set_user(&server, USER);
    // No other user may do anything.
    set_user(&server, "ACL SETUSER default off");
    let issuer = issuer();
    let nodes = [
        ListNode::start(&issuer, as_user(&server, "password")).await,
        ListNode::start(&issuer, as_user(&server, "password")).await,
    ];
    for node in &nodes {
        node.auth.ready().await;
    }
    revoke(&nodes[0], "one").await;
    let one = issuer.token("alice").claim("jti", "one").sign();
    is_refused(&nodes[1], &one).await;
    // This includes writing revocations back.
    let user = ["--user", "api", "--pass", "password", "--no-auth-warning"];
    let ask = |command: &[&str]| server.ask(&[&user[..], command].concat());
    assert_eq!(ask(&["DEL", "auth:revoked"]), "1");
    eventually("it is written back", async || {
        ask(&["XRANGE", "auth:revoked", "-", "+"]).contains("one")
    })
    .await;
    for node in &nodes {
        is_whole(node).await;
    }
    let late = ListNode::start(&issuer, as_user(&server, "password")).await;
    late.auth.ready().await;
    assert_eq!(late.status(&one).await, 401);
}

#[tokio::test]
async fn a_wrong_redis_password_is_an_outage_and_is_never_shown() {
    let logs = Capture::start();
    let server = RedisServer::start(&["--requirepass", "the right one"]).await;
    let issuer = issuer();
    let right = "redis://:the%20right%20one@127.0.0.1";
    let right = RedisRevocation::new(&format!("{right}:{}", server.port())).unwrap();
    let right = ListNode::start(&issuer, right).await;
    right.auth.ready().await;

    let node = ListNode::start(&issuer, as_user(&server, "hunter2")).await;
    node.expect(&issuer.token("alice").sign(), unavailable())
        .await;
    let mut degraded = String::new();
    eventually("a reason", async || {
        degraded = is_degraded(&node).await;
        degraded.starts_with("never read: ")
    })
    .await;
    let error = node.list.revoke(token("one")).await.unwrap_err();
    let status = serde_json::to_string(&node.auth.status()).unwrap();
    let said = format!(
        "{degraded} {error} {error:?} {status} {:?} {:?} {:?}",
        node.list,
        right.list,
        logs.take()
    );
    assert!(said.contains("can't be read"), "{said}");
    for secret in ["hunter2", "the right one", "the%20right", "api:"] {
        assert!(!said.contains(secret), "{secret} in {said}");
    }
}

#[tokio::test]
async fn a_node_without_write_permission_keeps_serving_and_writes_later() {
    let server = RedisServer::start(&[]).await;
    set_user(&server, USER);
    set_user(&server, "ACL SETUSER api -xadd");
    let issuer = issuer();
    let node = ListNode::start(&issuer, as_user(&server, "password")).await;
    let other = ListNode::start(&issuer, list(&server)).await;
    for node in [&node, &other] {
        node.auth.ready().await;
    }
    let signed = |id: &str| issuer.token("alice").claim("jti", id).sign();
    assert!(node.list.revoke(token("one")).await.is_err());
    assert_eq!(node.status(&signed("one")).await, 401);
    assert_eq!(other.status(&signed("one")).await, 200);
    eventually("the reason is in the status", async || {
        is_degraded(&node)
            .await
            .starts_with("Redis refuses to store revocations: ")
    })
    .await;
    // It reads the revocations of other nodes.
    revoke(&other, "two").await;
    is_refused(&node, &signed("two")).await;
    assert_eq!(node.status(&signed("good")).await, 200);

    set_user(&server, "ACL SETUSER api +xadd");
    is_refused(&other, &signed("one")).await;
    is_whole(&node).await;
}

#[tokio::test]
async fn a_revocation_on_a_full_redis_is_an_error() {
    let server = RedisServer::start(&["--maxmemory-policy", "noeviction"]).await;
    let issuer = issuer();
    let node = ListNode::start(&issuer, list(&server)).await;
    node.auth.ready().await;
    server.ask(&["CONFIG", "SET", "maxmemory", "1"]);
    let error = node
        .list
        .revoke(token("one"))
        .await
        .unwrap_err()
        .to_string();
    assert!(error.contains("OOM"), "{error}");
    let one = issuer.token("alice").claim("jti", "one").sign();
    assert_eq!(node.status(&one).await, 401);
    server.ask(&["CONFIG", "SET", "maxmemory", "0"]);
    let other = ListNode::start(&issuer, list(&server)).await;
    is_refused(&other, &one).await;
}
