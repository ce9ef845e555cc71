//! Three nodes, one Redis.

use std::time::{Duration, Instant, SystemTime};

use auth_runtime::redis::RedisRevocation;
use auth_runtime::revocation::{Revocation, Revoked};
use auth_tests::clock::{eventually, unless_it_hangs};
use auth_tests::redis_server::RedisServer;
use futures_util::future::join_all;

use super::{builder, is_refused, list, revoke, token};
use crate::node::Client;
use crate::revocation::{ISSUER, ListNode, issuer, was_revoked};

const ROUNDS: usize = 300;

async fn three(
    server: &RedisServer,
) -> (
    auth_runtime::testing::Issuer,
    [ListNode<RedisRevocation>; 3],
) {
    let issuer = issuer();
    let nodes = [
        ListNode::start(&issuer, list(server)).await,
        ListNode::start(&issuer, list(server)).await,
        ListNode::start(&issuer, list(server)).await,
    ];
    for node in &nodes {
        node.auth.ready().await;
    }
    (issuer, nodes)
}

/// How long it takes until a node refuses the token.
async fn until_refused(client: &mut Client, token: &str, start: Instant) -> Duration {
    let refused = async {
        while client.status(token).await != 401 {
            tokio::task::yield_now().await;
        }
    };
    unless_it_hangs(refused).await;
    start.elapsed()
}

#[tokio::test]
async fn a_revocation_without_leeway_is_exact_on_all_nodes() {
    let server = RedisServer::start(&[]).await;
    let (issuer, nodes) = three(&server).await;
    let now = SystemTime::now();
    let seconds = now
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap()
        .as_secs();
    let of = |subject: &str, ahead: u64| {
        let token = issuer.token(subject).claim("iat", seconds + ahead);
        token.sign()
    };
    let subject = |subject: &str| Revoked::subject(ISSUER, subject, now);
    nodes[0]
        .auth
        .revoke(subject("alice").exactly())
        .await
        .unwrap();
    nodes[0].auth.revoke(subject("bob")).await.unwrap();
    let late = ListNode::start(&issuer, list(&server)).await;
    late.auth.ready().await;
    for node in nodes.iter().chain([&late]) {
        is_refused(node, &of("alice", 0)).await;
        is_refused(node, &of("bob", 59)).await;
        assert_eq!(node.status(&of("alice", 5)).await, 200);
    }
}

#[tokio::test]
async fn all_nodes_know_that_an_issuer_is_revoked() {
    let server = RedisServer::start(&[]).await;
    let (issuer, nodes) = three(&server).await;
    let now = SystemTime::now();
    let token = issuer.token("alice").sign();
    let all = Revoked::issuer(ISSUER, now);
    nodes[0].auth.revoke(all.exactly()).await.unwrap();
    let late = ListNode::start(&issuer, list(&server)).await;
    late.auth.ready().await;
    let later = (now + Duration::from_secs(5))
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap()
        .as_secs();
    let later = issuer.token("alice").claim("iat", later).sign();
    for node in nodes.iter().chain([&late]) {
        is_refused(node, &token).await;
        assert_eq!(node.status(&later).await, 200);
        assert_eq!(node.list_status().degraded, None);
    }
    // A time in the future is refused.
    let ahead = Revoked::issuer(ISSUER, now + Duration::from_secs(2 * 3600));
    nodes[0].auth.revoke(ahead).await.unwrap_err();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_revocation_on_one_node_applies_to_all_nodes() {
    let server = RedisServer::start(&[]).await;
    let (issuer, nodes) = three(&server).await;
    let mut clients = [
        nodes[0].connect().await,
        nodes[1].connect().await,
        nodes[2].connect().await,
    ];
    let mut times = Vec::new();
    for round in 0..ROUNDS {
        let id = format!("id-{round}");
        let remembered = issuer.token("alice").claim("jti", &id).sign();
        for client in &mut clients {
            assert_eq!(client.status(&remembered).await, 200);
        }
        let start = Instant::now();
        let here = round % 3;
        nodes[here].list.revoke(token(&id)).await.unwrap();
        assert_eq!(clients[here].status(&remembered).await, 401);
        let everywhere = clients
            .iter_mut()
            .map(|client| until_refused(client, &remembered, start));
        times.extend(join_all(everywhere).await.into_iter().max());
    }
    times.sort_unstable();
    let [half, most, all] = [ROUNDS / 2, ROUNDS * 99 / 100, ROUNDS - 1].map(|index| times[index]);
    println!(
        "{ROUNDS} revocations until the last of three nodes refuses: \
         p50 {half:.1?}, p99 {most:.1?}, longest {all:.1?}"
    );
    let last = issuer.token("alice").claim("jti", "id-0").sign();
    for node in &nodes {
        node.expect(&last, was_revoked()).await;
        assert_eq!(node.list_status().entries, ROUNDS);
    }
}

/// How often the server ran each command, by `INFO commandstats`.
fn commands(server: &RedisServer) -> Vec<(String, u64)> {
    let statistics = server.ask(&["INFO", "commandstats"]);
    let lines = statistics.lines().filter_map(|line| {
        let (name, rest) = line.strip_prefix("cmdstat_")?.split_once(":calls=")?;
        let calls = rest.split(',').next()?.parse().ok()?;
        Some((name.to_owned(), calls))
    });
    // The command of `redis-cli` itself.
    lines.filter(|(name, _)| name != "info").collect()
}

#[tokio::test]
async fn requests_send_no_command_to_redis() {
    let server = RedisServer::start(&[]).await;
    let issuer = issuer();
    let node = ListNode::start(&issuer, list(&server)).await;
    node.auth.ready().await;
    revoke(&node, "bad").await;
    let good = issuer.token("alice").claim("jti", "good").sign();
    let bad = issuer.token("alice").claim("jti", "bad").sign();
    server.ask(&["CONFIG", "RESETSTAT"]);
    let start = Instant::now();
    let mut client = node.connect().await;
    for _ in 0..500 {
        assert_eq!(client.status(&good).await, 200);
        assert_eq!(client.status(&bad).await, 401);
    }
    let seconds = start.elapsed().as_secs();
    let commands = commands(&server);
    // Those of the reading task, about one of each per second.
    for (name, calls) in &commands {
        let own = ["xread", "xrange", "config|resetstat"].contains(&name.as_str());
        assert!(own && *calls <= seconds + 3, "{commands:?}");
    }
}

#[tokio::test]
async fn nodes_with_different_redis_prefixes_have_separate_lists() {
    let server = RedisServer::start(&[]).await;
    let issuer = issuer();
    let shop = ListNode::start(&issuer, builder(&server).prefix("shop").build().unwrap()).await;
    let twin = ListNode::start(&issuer, builder(&server).prefix("shop").build().unwrap()).await;
    let other = ListNode::start(&issuer, list(&server)).await;
    for node in [&shop, &twin, &other] {
        node.auth.ready().await;
    }
    revoke(&shop, "one").await;
    let token = issuer.token("alice").claim("jti", "one").sign();
    is_refused(&twin, &token).await;
    assert_eq!(other.status(&token).await, 200);
    assert_eq!(server.ask(&["KEYS", "*"]), "shop:revoked");
}

#[tokio::test]
async fn a_node_is_ready_after_reading_the_whole_redis_list() {
    let server = RedisServer::start(&[]).await;
    let issuer = issuer();
    let first = ListNode::start(&issuer, list(&server)).await;
    first.auth.ready().await;
    // More than two batches.
    let all = (0..2_500).map(|number| first.list.revoke(token(&number.to_string())));
    // Few at a time.
    let all: Vec<_> = all.collect();
    for result in join_all(all).await {
        result.unwrap();
    }
    let second = ListNode::start(&issuer, list(&server)).await;
    second.auth.ready().await;
    assert_eq!(second.list_status().entries, 2_500);
    for id in ["0", "999", "1000", "2499"] {
        let token = issuer.token("alice").claim("jti", id).sign();
        assert_eq!(second.status(&token).await, 401, "{id}");
    }
}

#[tokio::test]
async fn redis_trims_entries_that_are_too_old() {
    let server = RedisServer::start(&[]).await;
    // More than fit in one piece of a stream, which is all that Redis removes; from 1970.
    for number in 1..=250 {
        let id = format!("{number}-0");
        let fields = ["v", "1", "iss", "i", "sid", "old"];
        server.ask(&[&["XADD", "auth:revoked", &id][..], &fields].concat());
    }
    let node = ListNode::start(&issuer(), list(&server)).await;
    node.auth.ready().await;
    // The first entry tells the node the time of the server.
    revoke(&node, "one").await;
    eventually("an entry that is trimmed", async || {
        revoke(&node, "two").await;
        server
            .ask(&["XLEN", "auth:revoked"])
            .parse::<usize>()
            .unwrap()
            < 250
    })
    .await;
    assert_eq!(node.list_status().degraded, None);
}

#[tokio::test]
async fn entries_trimmed_by_redis_are_not_treated_as_lost() {
    let server = RedisServer::start(&[]).await;
    let add = |more: &[&str], id: &str| {
        let entry = ["v", "1", "iss", ISSUER, "sid", id];
        let command = [&["XADD", "auth:revoked"], more, &entry].concat();
        server.ask(&command);
    };
    add(&["250-0"], "old");
    let node = ListNode::start(&issuer(), list(&server)).await;
    node.auth.ready().await;
    assert_eq!(node.list_status().entries, 1);
    // It is removed together with the last entry that the node has read.
    add(&["MINID", "=", "251", "*"], "new");
    eventually("the next one", async || node.list_status().entries == 2).await;
    // Twice what the node may take to notice a loss.
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert_eq!(node.list_status().degraded, None);
    assert_eq!(server.ask(&["XLEN", "auth:revoked"]), "1");
}
