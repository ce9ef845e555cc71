//! Many requests at once.

use std::fs;
use std::num::NonZeroU32;
use std::time::Duration;

use auth_runtime::authenticator::FailureLimit;
use auth_tests::clock::StoppedClock;
use auth_tests::expected::refused;
use tokio::task::JoinSet;

use super::authorization_server::AuthorizationServer;
use super::{READER, introspection, start_node};

#[tokio::test]
async fn f5_an_address_with_too_many_inactive_tokens_gets_429() {
    let server = AuthorizationServer::start().await;
    server.knows("the-opaque-token-of-alice", READER);
    let limit = FailureLimit::default().per_address(
        const { NonZeroU32::new(2).unwrap() },
        Duration::from_secs(3600),
    );
    let node = start_node(introspection(&server).failure_limit(limit)).await;
    assert_eq!(node.status("the-opaque-token-of-alice").await, 200);
    assert_eq!(node.status("the-first-made-up-token").await, 401);
    assert_eq!(node.status("the-second-made-up-token").await, 401);
    let expected = refused(429).retry_after("1800");
    node.expect("the-third-made-up-token", expected).await;
    // It was accepted before.
    assert_eq!(node.status("the-opaque-token-of-alice").await, 200);
    assert_eq!(server.count(), 3);
}

/// The resident memory of this process in bytes.
fn memory() -> usize {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kilobytes = line.unwrap().trim().strip_suffix("kB").unwrap();
    kilobytes.trim().parse::<usize>().unwrap() * 1024
}

#[tokio::test(start_paused = true)]
async fn twenty_thousand_made_up_tokens_are_rate_limited_and_refuse_no_known_token() {
    const SECONDS: usize = 10;
    const CLIENTS: usize = 20;
    const BATCH: usize = 100;
    const PER_SECOND: u16 = 100;
    const BURST: u16 = 200;
    const CONCURRENCY: usize = 16;
    const GOOD: usize = 100;

    let clock = StoppedClock::start();
    let server = AuthorizationServer::start().await;
    let good: Vec<String> = (0..GOOD)
        .map(|number| format!("the-opaque-token-of-alice-{number}"))
        .collect();
    for token in &good {
        server.knows(token, READER);
    }
    let introspection = introspection(&server)
        .rate(PER_SECOND.into(), BURST.into())
        .concurrency(CONCURRENCY)
        // All clients of this test have one address.
        .failure_limit(None)
        .cache_ttl(Duration::from_secs(2));
    let node = start_node(introspection).await;
    let mut client = node.connect().await;
    for token in &good {
        assert_eq!(client.statuses(std::slice::from_ref(token)).await, [200]);
    }
    let before = (server.count(), memory());

    let mut refused = 0;
    for second in 0..SECONDS {
        let mut flood = JoinSet::new();
        for client in 0..CLIENTS {
            let mut connection = node.connect().await;
            flood.spawn(async move {
                let tokens: Vec<_> = (0..BATCH)
                    .map(|number| format!("a-made-up-token-{client}-{second}-{number}"))
                    .collect();
                connection.statuses(&tokens).await
            });
        }
        let (statuses, known) = tokio::join!(flood.join_all(), client.statuses(&good));
        assert_eq!(known, [200; GOOD]);
        for status in statuses.concat() {
            match status {
                401 => refused += 1,
                503 => {}
                other => panic!("{other} to a made-up token"),
            }
        }
        clock.advance(Duration::from_secs(1)).await;
    }

    let questions = server.questions();
    let made_up = questions
        .iter()
        .filter(|question| question.token().starts_with("a-made-up"))
        .count();
    assert_eq!(made_up, refused);
    let budget = usize::from(BURST) + (SECONDS - 1) * usize::from(PER_SECOND);
    assert!(made_up <= budget, "{made_up} of {budget}");
    assert!(made_up >= usize::from(BURST) / 2, "{made_up}");
    assert!(server.most_under_way() <= CONCURRENCY);
    // Once each time that a cached result has expired.
    let again = questions.len() - before.0 - made_up;
    assert!(again <= SECONDS / 2 * GOOD, "{again}");
    // Includes the requests that the test itself records.
    let grown = memory().saturating_sub(before.1);
    assert!(grown < 64 * 1024 * 1024, "{grown}");
}
