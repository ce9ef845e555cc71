//! Redis restarts with lost or older data.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use auth_runtime::redis::RedisRevocation;
use auth_runtime::revocation::Revocation;
use auth_runtime::testing::Issuer;
use auth_tests::clock::eventually;
use auth_tests::redis_server::RedisServer;
use tokio::task::JoinHandle;
use tokio::time::sleep;

use super::{is_degraded, is_refused, is_whole, list, revoke, token};
use crate::node::Client;
use crate::revocation::{ListNode, issuer};

/// Clients that keep sending a token with a known response.
struct Load {
    stop: Arc<AtomicBool>,
    answers: Arc<AtomicU64>,
    clients: Vec<JoinHandle<()>>,
}

impl Load {
    fn new() -> Self {
        Self {
            stop: Arc::default(),
            answers: Arc::default(),
            clients: Vec::new(),
        }
    }

    /// From now on this token always gets this status.
    fn send(&mut self, mut client: Client, token: String, status: u16) {
        let (stop, answers) = (Arc::clone(&self.stop), Arc::clone(&self.answers));
        self.clients.push(tokio::spawn(async move {
            while !stop.load(Ordering::Relaxed) {
                assert_eq!(client.status(&token).await, status);
                answers.fetch_add(1, Ordering::Relaxed);
                sleep(Duration::from_millis(1)).await;
            }
        }));
    }

    /// Returns after many more responses.
    async fn goes_on(&self) {
        let wanted = self.answers.load(Ordering::Relaxed) + 100;
        eventually("more answers", async || {
            self.answers.load(Ordering::Relaxed) >= wanted || self.failed()
        })
        .await;
    }

    /// Whether a client got a wrong response, which [`end`](Self::end) reports.
    fn failed(&self) -> bool {
        self.clients.iter().any(JoinHandle::is_finished)
    }

    /// The number of responses, after asserting that all were right.
    async fn end(self) -> u64 {
        self.stop.store(true, Ordering::Relaxed);
        for client in self.clients {
            client.await.expect("each answer was right");
        }
        self.answers.load(Ordering::Relaxed)
    }
}

#[derive(Clone, Copy, Debug)]
enum Data {
    Kept,
    Lost,
    Older,
}

/// Kills it under load, and starts it again with this data.
async fn killed_and_restarted(data: Data) {
    let appendonly = match data {
        Data::Kept => "yes",
        Data::Lost | Data::Older => "no",
    };
    let mut server = RedisServer::start(&["--appendonly", appendonly]).await;
    let issuer = issuer();
    let signed = |id: &str| issuer.token("alice").claim("jti", id).sign();
    let nodes = [
        ListNode::start(&issuer, list(&server)).await,
        ListNode::start(&issuer, list(&server)).await,
    ];
    for node in &nodes {
        node.auth.ready().await;
    }
    let mut load = Load::new();
    let refused = async |load: &mut Load, nodes: &[&ListNode<RedisRevocation>], id: &str| {
        for node in nodes {
            is_refused(node, &signed(id)).await;
            load.send(node.connect().await, signed(id), 401);
        }
    };
    let both = [&nodes[0], &nodes[1]];
    for node in both {
        load.send(node.connect().await, signed("good"), 200);
    }
    revoke(&nodes[0], "first").await;
    refused(&mut load, &both, "first").await;
    if let Data::Older = data {
        server.ask(&["SAVE"]);
    }
    revoke(&nodes[1], "second").await;
    refused(&mut load, &both, "second").await;

    server.kill();
    assert!(nodes[0].list.revoke(token("during")).await.is_err());
    refused(&mut load, &[&nodes[0]], "during").await;
    // The other node continues for `stale_for`.
    assert_eq!(nodes[1].status(&signed("during")).await, 200);
    for node in both {
        is_degraded(node).await;
    }
    load.goes_on().await;
    server.run().await;
    // At once, so that the lost entries are not the newest.
    revoke(&nodes[1], "after").await;
    refused(&mut load, &both, "after").await;
    refused(&mut load, &[&nodes[1]], "during").await;
    for node in both {
        is_whole(node).await;
    }

    // A new node, which has none of these revocations.
    let late = ListNode::start(&issuer, list(&server)).await;
    late.auth.ready().await;
    for id in ["first", "second", "during", "after"] {
        assert_eq!(late.status(&signed(id)).await, 401, "{id}, {data:?}");
    }
    assert_eq!(late.status(&signed("good")).await, 200);
    load.goes_on().await;
    let answers = load.end().await;
    println!("{data:?}: {answers} answers while Redis was killed and restarted, all right");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn redis_killed_under_load_with_its_data_kept_loses_no_revocation() {
    killed_and_restarted(Data::Kept).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn redis_killed_under_load_with_all_data_lost_loses_no_revocation() {
    killed_and_restarted(Data::Lost).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn redis_killed_under_load_with_older_data_loses_no_revocation() {
    killed_and_restarted(Data::Older).await;
}

async fn two_nodes(server: &RedisServer) -> (Issuer, [ListNode<RedisRevocation>; 2]) {
    let issuer = issuer();
    let nodes = [
        ListNode::start(&issuer, list(server)).await,
        ListNode::start(&issuer, list(server)).await,
    ];
    for node in &nodes {
        node.auth.ready().await;
    }
    (issuer, nodes)
}

#[tokio::test]
async fn a_revocation_right_after_redis_lost_all_data_does_not_hide_the_loss() {
    let server = RedisServer::start(&[]).await;
    let (issuer, nodes) = two_nodes(&server).await;
    let signed = |id: &str| issuer.token("alice").claim("jti", id).sign();
    revoke(&nodes[0], "before").await;
    for node in &nodes {
        is_refused(node, &signed("before")).await;
    }
    for round in ["one", "two"] {
        server.ask(&["FLUSHALL"]);
        revoke(&nodes[1], round).await;
        for node in &nodes {
            assert_eq!(node.status(&signed("before")).await, 401);
            is_refused(node, &signed(round)).await;
        }
        eventually("all is written back", async || {
            let late = ListNode::start(&issuer, list(&server)).await;
            late.auth.ready().await;
            late.status(&signed("before")).await == 401 && late.status(&signed(round)).await == 401
        })
        .await;
        for node in &nodes {
            is_whole(node).await;
        }
    }
    // Each entry was written back once, by one of the nodes.
    let entries: usize = server.ask(&["XLEN", "auth:revoked"]).parse().unwrap();
    assert!((3..=4).contains(&entries), "{entries}");
}

#[tokio::test]
async fn thousands_of_lost_revocations_are_written_back_to_redis() {
    let server = RedisServer::start(&[]).await;
    let (issuer, nodes) = two_nodes(&server).await;
    let all: Vec<_> = (0..2_500)
        .map(|number| nodes[0].list.revoke(token(&number.to_string())))
        .collect();
    for result in futures_util::future::join_all(all).await {
        result.unwrap();
    }
    server.ask(&["FLUSHALL"]);
    eventually("all is written back", async || {
        server.ask(&["XLEN", "auth:revoked"]) == "2500"
    })
    .await;
    let late = ListNode::start(&issuer, list(&server)).await;
    late.auth.ready().await;
    assert_eq!(late.list_status().entries, 2_500);
}

#[tokio::test]
async fn a_corrupt_entry_in_redis_revokes_all_tokens_issued_before_the_entry() {
    let server = RedisServer::start(&[]).await;
    let (issuer, nodes) = two_nodes(&server).await;
    let before = issuer.token("alice").sign();
    assert_eq!(nodes[0].status(&before).await, 200);
    server.ask(&["XADD", "auth:revoked", "*", "v", "2", "anything", "else"]);
    for node in &nodes {
        is_refused(node, &before).await;
        assert_eq!(is_degraded(node).await, "1 entries can't be read");
    }
    // Other entries are read as before. Tokens issued more than the leeway of 60 seconds later are valid:
    // with a clock that is 60 seconds ahead, those from the next second on.
    sleep(Duration::from_millis(1_100)).await;
    let ahead = SystemTime::now() + Duration::from_secs(60);
    let issued_at = ahead
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap()
        .as_secs();
    let signed = |id: &str| {
        let token = issuer.token("alice").claim("jti", id);
        token.claim("iat", issued_at).sign()
    };
    let (after, revoked) = (signed("after"), signed("revoked"));
    assert_eq!(nodes[0].status(&after).await, 200);
    revoke(&nodes[0], "revoked").await;
    is_refused(&nodes[1], &revoked).await;
    let late = ListNode::start(&issuer, list(&server)).await;
    late.auth.ready().await;
    assert_eq!(late.status(&before).await, 401);
    assert_eq!(late.status(&after).await, 200);
}
