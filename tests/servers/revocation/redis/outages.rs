//! Redis is down, hangs, or refuses, and comes back with the data it had.

use std::time::{Duration, Instant};

use auth_runtime::redis::RedisRevocation;
use auth_runtime::revocation::Revocation;
use auth_tests::clock::eventually;
use auth_tests::logs::Capture;
use auth_tests::network::Network;
use auth_tests::redis_server::RedisServer;
use tokio::time::{sleep, timeout};

use super::{builder, is_degraded, is_refused, is_whole, list, revoke, token};
use crate::revocation::{ListNode, issuer, unavailable, was_revoked};

/// The shortest that can be configured.
const STALE: Duration = Duration::from_secs(3);

/// The tolerance for delays on a busy machine. Only a test that hangs takes this long.
const BUSY: Duration = Duration::from_secs(180);

#[tokio::test]
async fn i7_a_node_without_redis_serves_for_the_stale_period_and_then_answers_503() {
    let mut server = RedisServer::start(&["--appendonly", "yes"]).await;
    let issuer = issuer();
    let here = ListNode::start(&issuer, builder(&server).stale_for(STALE).build().unwrap()).await;
    let there = ListNode::start(&issuer, builder(&server).stale_for(STALE).build().unwrap()).await;
    let serving = ListNode::start(
        &issuer,
        builder(&server)
            .stale_for(STALE)
            .keep_serving()
            .build()
            .unwrap(),
    )
    .await;
    for node in [&here, &there, &serving] {
        node.auth.ready().await;
    }
    let good = issuer.token("alice").claim("jti", "good").sign();
    let before = issuer.token("alice").claim("jti", "before").sign();
    let during = issuer.token("alice").claim("jti", "during").sign();
    for node in [&here, &there, &serving] {
        assert_eq!(node.status(&good).await, 200);
        assert_eq!(node.status(&during).await, 200);
    }
    revoke(&here, "before").await;
    is_refused(&there, &before).await;
    is_refused(&serving, &before).await;

    server.kill();
    let killed = Instant::now();
    let error = here.list.revoke(token("during")).await.unwrap_err();
    assert!(
        error.to_string().contains("other nodes may not receive"),
        "{error}"
    );
    here.expect(&during, was_revoked()).await;

    // Until then the node accepts and refuses the same tokens as before.
    let mut client = there.connect().await;
    let ended = loop {
        assert_ne!(client.status(&before).await, 200);
        match client.status(&good).await {
            200 => sleep(Duration::from_millis(5)).await,
            503 => break killed.elapsed(),
            status => panic!("{status}"),
        }
    };
    // It was connected within the last second.
    assert!(ended > STALE / 2, "{ended:?}");
    assert!(ended < STALE + BUSY, "{ended:?}");
    for token in [&good, &during] {
        there.expect(token, unavailable()).await;
    }
    assert!(is_degraded(&there).await.starts_with("no contact: "));
    assert!(there.list_status().behind_seconds.unwrap() > 3.0);
    // A node that was ready once stays ready during an outage.
    assert!(there.auth.is_ready());
    // As configured. It can't know what other nodes revoked meanwhile.
    assert_eq!(serving.status(&good).await, 200);
    assert_eq!(serving.status(&before).await, 401);
    is_degraded(&serving).await;

    server.run().await;
    for node in [&here, &there, &serving] {
        is_whole(node).await;
        // The node itself has repeated the revocation.
        is_refused(node, &during).await;
        assert_eq!(node.status(&before).await, 401);
        assert_eq!(node.status(&good).await, 200);
    }
}

#[tokio::test]
async fn a_hanging_redis_is_treated_like_one_that_is_down() {
    let server = RedisServer::start(&[]).await;
    let issuer = issuer();
    let here = ListNode::start(&issuer, builder(&server).stale_for(STALE).build().unwrap()).await;
    let there = ListNode::start(&issuer, builder(&server).stale_for(STALE).build().unwrap()).await;
    let good = issuer.token("alice").claim("jti", "good").sign();
    for node in [&here, &there] {
        node.auth.ready().await;
    }
    revoke(&here, "before").await;

    server.pause();
    let paused = Instant::now();
    // The caller no longer waits for this revocation: it takes effect nevertheless.
    let impatient = timeout(
        Duration::from_millis(100),
        here.list.revoke(token("given up")),
    );
    assert!(impatient.await.is_err());
    let start = Instant::now();
    assert!(here.list.revoke(token("during")).await.is_err());
    let took = start.elapsed();
    assert!(took < Duration::from_secs(2) + BUSY, "{took:?}");
    let mut client = there.connect().await;
    eventually("503", async || client.status(&good).await == 503).await;
    let ended = paused.elapsed();
    assert!(ended < STALE + BUSY, "{ended:?}");
    there.expect(&good, unavailable()).await;

    server.go_on();
    for id in ["before", "during", "given up"] {
        let token = issuer.token("alice").claim("jti", id).sign();
        for node in [&here, &there] {
            is_refused(node, &token).await;
        }
    }
    for node in [&here, &there] {
        is_whole(node).await;
        assert_eq!(node.status(&good).await, 200);
    }
    revoke(&there, "after").await;
    let after = issuer.token("alice").claim("jti", "after").sign();
    is_refused(&here, &after).await;
}

#[tokio::test]
async fn a_node_that_starts_while_redis_is_down_answers_503_until_it_has_read_the_list() {
    let mut server = RedisServer::start(&["--appendonly", "yes"]).await;
    let issuer = issuer();
    let earlier = ListNode::start(&issuer, list(&server)).await;
    earlier.auth.ready().await;
    revoke(&earlier, "before").await;
    server.kill();

    let node = ListNode::start(&issuer, list(&server)).await;
    // `keep_serving` applies only to nodes that have read the list once.
    let serving = ListNode::start(&issuer, builder(&server).keep_serving().build().unwrap()).await;
    let good = issuer.token("alice").claim("jti", "good").sign();
    let before = issuer.token("alice").claim("jti", "before").sign();
    for node in [&node, &serving] {
        for token in [&good, &before] {
            node.expect(token, unavailable()).await;
        }
        // Without a token the list is not checked.
        assert_eq!(node.status("not a token").await, 401);
        assert!(!node.auth.status().ready);
        let degraded = is_degraded(node).await;
        assert!(degraded.starts_with('n'), "{degraded}");
        assert_eq!(node.list_status().behind_seconds, None);
        let ready = timeout(Duration::from_millis(50), node.auth.ready());
        assert!(ready.await.is_err());
    }
    // The revocation fails, but it is kept and written later.
    assert!(node.list.revoke(token("early")).await.is_err());

    server.run().await;
    let early = issuer.token("alice").claim("jti", "early").sign();
    for node in [&node, &serving] {
        node.auth.ready().await;
        assert!(node.auth.status().ready);
        assert_eq!(node.status(&good).await, 200);
        assert_eq!(node.status(&before).await, 401);
        is_refused(node, &early).await;
        is_whole(node).await;
    }
}

#[tokio::test]
async fn a_redis_outage_is_logged_once() {
    let logs = Capture::start();
    let mut server = RedisServer::start(&["--appendonly", "yes"]).await;
    let node = ListNode::start(&issuer(), list(&server)).await;
    node.auth.ready().await;
    server.kill();
    is_degraded(&node).await;
    // Some attempts to come back.
    sleep(Duration::from_secs(1)).await;
    server.run().await;
    is_whole(&node).await;
    let events = logs.take_runtime_events();
    let about: Vec<_> = events
        .iter()
        .map(auth_tests::logs::Event::message)
        .filter(|message| message.contains("revo"))
        .collect();
    let expected = [
        "the list of revocations was read",
        "revocations can't be read: the last known list stays in use",
        "revocations are read again",
    ];
    assert_eq!(about, expected);
}

#[tokio::test]
async fn a_redis_that_accepts_connections_and_refuses_commands_is_retried_with_pauses() {
    let server = RedisServer::start(&[]).await;
    server.ask(&["SET", "auth:revoked", "something else"]);
    let issuer = issuer();
    let node = ListNode::start(&issuer, list(&server)).await;
    let good = issuer.token("alice").sign();
    eventually("the reason", async || {
        is_degraded(&node).await.contains("wrong kind")
    })
    .await;
    node.expect(&good, unavailable()).await;
    server.ask(&["CONFIG", "RESETSTAT"]);
    sleep(Duration::from_secs(3)).await;
    let statistics = server.ask(&["INFO", "stats"]);
    let connections = statistics
        .lines()
        .find_map(|line| line.strip_prefix("total_connections_received:"))
        .unwrap();
    let connections: u64 = connections.trim().parse().unwrap();
    assert!((1..10).contains(&connections), "{connections}");
    server.ask(&["DEL", "auth:revoked"]);
    node.auth.ready().await;
    assert_eq!(node.status(&good).await, 200);
}

#[tokio::test]
async fn a_closed_redis_connection_is_not_an_outage() {
    let server = RedisServer::start(&[]).await;
    let issuer = issuer();
    let (here, there): (ListNode<RedisRevocation>, _) = (
        ListNode::start(&issuer, list(&server)).await,
        ListNode::start(&issuer, list(&server)).await,
    );
    for node in [&here, &there] {
        node.auth.ready().await;
    }
    for id in ["one", "two", "three"] {
        revoke(&here, id).await;
        server.ask(&["CLIENT", "KILL", "TYPE", "normal"]);
    }
    for id in ["one", "two", "three"] {
        let token = issuer.token("alice").claim("jti", id).sign();
        is_refused(&there, &token).await;
    }
    is_whole(&there).await;
}

#[tokio::test]
async fn a_dead_redis_connection_is_replaced() {
    let server = RedisServer::start(&[]).await;
    let issuer = issuer();
    let network = Network::before(server.port()).await;
    let url = format!("redis://127.0.0.1:{}", network.port());
    let here = ListNode::start(&issuer, RedisRevocation::new(&url).unwrap()).await;
    let there = ListNode::start(&issuer, list(&server)).await;
    for node in [&here, &there] {
        node.auth.ready().await;
    }
    let signed = |id: &str| issuer.token("alice").claim("jti", id).sign();
    revoke(&here, "one").await;
    is_refused(&there, &signed("one")).await;
    // Like a firewall that forgets connections: neither side is notified.
    network.lose_connections();
    revoke(&there, "two").await;
    revoke(&here, "three").await;
    is_refused(&there, &signed("three")).await;
    is_refused(&here, &signed("two")).await;
}

#[test]
fn a_redis_list_outlives_its_first_runtime() {
    let runtime = || {
        let mut builder = tokio::runtime::Builder::new_current_thread();
        builder.enable_all().build().unwrap()
    };
    let first = runtime();
    let server = first.block_on(RedisServer::start(&[]));
    let (here, there) = (list(&server), list(&server));
    first.block_on(async {
        here.ready().await;
        here.revoke(token("one")).await.unwrap();
        there.ready().await;
    });
    drop(first);
    // No task reads the list now.
    assert!(
        futures_util::FutureExt::now_or_never(here.revoke(token("two")))
            .unwrap()
            .is_err()
    );
    runtime().block_on(async {
        here.revoke(token("three")).await.unwrap();
        for list in [&here, &there] {
            eventually("all three", async || list.status().entries == 3).await;
        }
        // One after the other: `status` also starts the reading task.
        assert_eq!(there.status().degraded, None);
    });
}
