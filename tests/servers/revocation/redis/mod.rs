//! The list in Redis. Each test starts its own server.

mod access;
mod losses;
mod nodes;
mod outages;
mod tls;

use std::time::Duration;

use auth_runtime::redis::{RedisRevocation, RedisRevocationBuilder};
use auth_runtime::revocation::Revoked;
use auth_tests::clock::eventually;
use auth_tests::redis_server::RedisServer;

use crate::revocation::list::{HOUR, revocation_list};
use crate::revocation::{ISSUER, ListNode};

async fn lists(entry_ttl: Duration) -> (RedisRevocation, RedisServer) {
    let server = RedisServer::start(&[]).await;
    (
        builder(&server).entry_ttl(entry_ttl).build().unwrap(),
        server,
    )
}

revocation_list!(lists);

fn list(server: &RedisServer) -> RedisRevocation {
    builder(server).build().unwrap()
}

fn builder(server: &RedisServer) -> RedisRevocationBuilder {
    RedisRevocation::builder(&server.url())
}

/// A revocation of the token with this `jti`.
fn token(id: &str) -> Revoked {
    Revoked::token(ISSUER, id, std::time::SystemTime::now() + HOUR)
}

async fn revoke(node: &ListNode<RedisRevocation>, id: &str) {
    node.auth.revoke(token(id)).await.unwrap();
}

async fn is_whole(node: &ListNode<RedisRevocation>) {
    eventually("a list that is not degraded", async || {
        node.list_status().degraded.is_none()
    })
    .await;
}

async fn is_degraded(node: &ListNode<RedisRevocation>) -> String {
    eventually("a list that is degraded", async || {
        node.list_status().degraded.is_some()
    })
    .await;
    node.list_status().degraded.unwrap_or_default()
}

async fn is_refused(node: &ListNode<RedisRevocation>, token: &str) {
    let mut client = node.connect().await;
    eventually("a token that is refused", async || {
        client.status(token).await == 401
    })
    .await;
}
