//! Many requests at once.

use std::fs;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use auth_runtime::FailureLimit;
use auth_tests::expected::refused;
use tokio::task::JoinSet;

use super::authorization_server::AuthorizationServer;
use super::node::{Node, READER, ask};

/// The machine does other things as well.
const PATIENCE: Duration = Duration::from_secs(30);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_requests_with_one_new_token_are_one_question() {
    let server = AuthorizationServer::start().await;
    let token = "the-opaque-token-of-alice".to_owned();
    server.knows(&token, READER);
    server.takes(Duration::from_millis(500));
    let node = Node::start(ask(&server).timeout(PATIENCE)).await;
    let mut requests = JoinSet::new();
    for _ in 0..1_000 {
        let mut client = node.connect().await;
        let tokens = [token.clone()];
        requests.spawn(async move { client.statuses(&tokens).await });
    }
    while let Some(statuses) = requests.join_next().await {
        assert_eq!(statuses.unwrap(), [200]);
    }
    assert_eq!(server.count(), 1);
}

#[tokio::test]
async fn i4_a_token_that_is_one_too_many_is_answered_at_once() {
    let server = AuthorizationServer::start().await;
    let node = Node::start(ask(&server).rate(1, 1).failure_limit(None)).await;
    assert_eq!(node.status("the-first-made-up-token").await, 401);
    let expected = refused(503).retry_after("1");
    node.expect("the-second-made-up-token", expected).await;
    assert_eq!(server.count(), 1);
}

#[tokio::test]
async fn f5_an_address_whose_tokens_are_refused_is_429() {
    let server = AuthorizationServer::start().await;
    server.knows("the-opaque-token-of-alice", READER);
    let limit = FailureLimit::default().per_address(
        const { NonZeroU32::new(2).unwrap() },
        Duration::from_secs(3600),
    );
    let node = Node::start(ask(&server).failure_limit(limit)).await;
    assert_eq!(node.status("the-opaque-token-of-alice").await, 200);
    assert_eq!(node.status("the-first-made-up-token").await, 401);
    assert_eq!(node.status("the-second-made-up-token").await, 401);
    let expected = refused(429).retry_after("1800");
    node.expect("the-third-made-up-token", expected).await;
    // It was good before.
    assert_eq!(node.status("the-opaque-token-of-alice").await, 200);
    assert_eq!(server.count(), 3);
}

/// Bytes of memory that this process has.
fn memory() -> usize {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kilobytes = line.unwrap().trim().strip_suffix("kB").unwrap();
    kilobytes.trim().parse::<usize>().unwrap() * 1024
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hundred_thousand_made_up_tokens_cost_the_rate_and_keep_no_good_one_out() {
    const CLIENTS: usize = 20;
    const BATCHES: usize = 50;
    const BATCH: usize = 100;
    const PER_SECOND: u16 = 100;
    const BURST: u16 = 200;
    const CONCURRENCY: usize = 16;
    const GOOD: usize = 100;

    let server = AuthorizationServer::start().await;
    server.takes(Duration::from_millis(20));
    let good: Vec<String> = (0..GOOD)
        .map(|number| format!("the-opaque-token-of-alice-{number}"))
        .collect();
    for token in &good {
        server.knows(token, READER);
    }
    let introspection = ask(&server)
        .rate(PER_SECOND.into(), BURST.into())
        .concurrency(CONCURRENCY)
        // All clients of this test have one address.
        .failure_limit(None)
        .timeout(PATIENCE)
        .cache_for(Duration::from_secs(2));
    let node = Node::start(introspection).await;
    let mut client = node.connect().await;
    for token in &good {
        assert_eq!(client.statuses(std::slice::from_ref(token)).await, [200]);
    }
    let before = (server.count(), memory());
    let begun = Instant::now();

    let stop = Arc::new(AtomicBool::new(false));
    let known = tokio::spawn({
        let (stop, good) = (Arc::clone(&stop), good.clone());
        async move {
            let mut let_in = 0;
            while !stop.load(Ordering::SeqCst) {
                let statuses = client.statuses(&good).await;
                assert_eq!(statuses, [200; GOOD]);
                let_in += statuses.len();
            }
            let_in
        }
    });
    let mut flood = JoinSet::new();
    for client in 0..CLIENTS {
        let mut connection = node.connect().await;
        flood.spawn(async move {
            let mut refused = 0;
            for batch in 0..BATCHES {
                let tokens: Vec<_> = (0..BATCH)
                    .map(|number| format!("a-made-up-token-{client}-{batch}-{number}"))
                    .collect();
                for status in connection.statuses(&tokens).await {
                    match status {
                        401 => refused += 1,
                        503 => {}
                        other => panic!("{other} to a made-up token"),
                    }
                }
            }
            refused
        });
    }
    let refused: usize = flood.join_all().await.into_iter().sum();
    let took = begun.elapsed();
    stop.store(true, Ordering::SeqCst);
    let let_in = known.await.unwrap();

    let questions = server.questions();
    let made_up = questions
        .iter()
        .filter(|question| question.token().starts_with("a-made-up"))
        .count();
    let milliseconds = usize::try_from(took.as_millis()).unwrap();
    let budget = usize::from(PER_SECOND) * milliseconds / 1000 + usize::from(BURST);
    let again = questions.len() - before.0 - made_up;
    let grown = memory().saturating_sub(before.1);
    println!(
        "100,000 made-up tokens in {took:?}: {made_up} asked about (at most {budget}), {} at \
         once; {GOOD} good ones let in {let_in} times, asked about {again} times; memory grew by \
         {grown} bytes",
        server.most_under_way()
    );
    assert_eq!(made_up, refused);
    assert!(made_up <= budget, "{made_up} of {budget}");
    assert!(made_up >= usize::from(BURST) / 2, "{made_up}");
    assert!(server.most_under_way() <= CONCURRENCY);
    assert!(let_in >= GOOD, "{let_in}");
    let rounds = milliseconds / 2_000 + 2;
    assert!(again <= rounds * GOOD, "{again}");
    // The requests and what the test itself remembers of questions included.
    assert!(grown < 64 * 1024 * 1024, "{grown}");
}
