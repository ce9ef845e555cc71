//! Refused tokens, counted by client address (rows F5 and I11 of the conformance table).

use std::num::NonZeroU32;

use super::*;
use crate::limit::FailureLimit;

const EVE: [u8; 4] = [203, 0, 113, 7];
const ALICE: [u8; 4] = [198, 51, 100, 1];

/// A limit of this many refusals in an hour.
fn refusals(number: u32) -> FailureLimit {
    let number = NonZeroU32::new(number).unwrap();
    FailureLimit::default().per_address(number, Duration::from_secs(3600))
}

/// Asserts that the attempt exceeded the limit, and returns its `Retry-After` in seconds.
fn too_many(result: Result<Identity, AuthenticationError>) -> u64 {
    match result {
        Err(AuthenticationError::TooManyAttempts { retry_after }) => {
            u64::try_from(retry_after.as_millis().div_ceil(1000)).unwrap()
        }
        other => panic!("expected too many attempts: {other:?}"),
    }
}

/// How many guessed tokens from one address are introspected within a minute, and how many of 600 new
/// valid tokens from another address are accepted in this time.
async fn flood(server: Server, introspection: Introspection) -> (usize, usize) {
    let node = Node::new(&server, introspection);
    let (eve, alice) = (node.from(EVE), node.from(ALICE));
    let mut let_in = 0;
    for tenth in 0..600 {
        for number in 0..100 {
            let token = format!("a-made-up-token-{tenth}-{number}");
            assert!(eve.present(&token).await.is_err());
        }
        let token = format!("a-token-of-{tenth}-of-many");
        let_in += usize::from(alice.present(&token).await.is_ok());
        tokio::time::advance(Duration::from_millis(100)).await;
    }
    let asked = server.0.asked.lock().unwrap();
    let made_up = asked.iter().filter(|token| token.starts_with("a-made-up"));
    (made_up.count(), let_in)
}

#[tokio::test(start_paused = true)]
async fn i11_one_address_may_use_a_quarter_of_the_introspection_burst_and_a_tenth_of_the_rate() {
    let (made_up, let_in) = flood(Server::new(), introspection()).await;
    println!("with the default limit: {made_up} made-up tokens, {let_in} of 600 good ones");
    assert!((250..=250 + 10 * 60).contains(&made_up), "{made_up}");
    assert_eq!(let_in, 600);

    // Without a limit, guessed tokens use up the rate, and most valid tokens are not accepted.
    let (made_up, let_in) = flood(Server::new(), introspection().failure_limit(None)).await;
    println!("without a limit: {made_up} made-up tokens, {let_in} of 600 good ones");
    assert!(made_up > 6_000 && let_in < 300, "{made_up}, {let_in}");
}

/// Some servers send this for a token that they never issued, and a firewall refuses some texts.
#[tokio::test(start_paused = true)]
async fn i11_a_4xx_for_made_up_tokens_costs_no_more_of_the_rate_than_a_refusal() {
    for (status, text) in [
        (400, r#"{"error":"invalid_request"}"#.to_owned()),
        (400, r#"{"error":"access_denied"}"#.to_owned()),
        (403, "<html>".to_owned()),
        // Longer than the maximum length.
        (200, " ".repeat(64 * 1024 + 1)),
    ] {
        let server = Server::saying(move |token| match token.strip_prefix("a-token-of-") {
            Some(subject) => ok(format!(
                r#"{{"active":true,"sub":"{subject}","aud":"api"}}"#
            )),
            None => (status, Vec::new(), text.clone()),
        });
        let (made_up, let_in) = flood(server, introspection()).await;
        println!("with the default limit and {status}: {made_up} made-up tokens, {let_in} of 600");
        assert!((250..=250 + 10 * 60).contains(&made_up), "{made_up}");
        assert_eq!(let_in, 600);
    }
}

#[tokio::test(start_paused = true)]
async fn f5_an_address_with_too_many_inactive_tokens_has_to_wait() {
    let server = Server::new();
    let node = Node::new(&server, introspection().failure_limit(refusals(2)));
    let eve = node.from(EVE);
    for number in 0..2 {
        let token = format!("a-made-up-token-{number}");
        // A cached refusal causes no request, and is counted once.
        for _ in 0..10 {
            assert_eq!(fault(eve.present(&token).await), TokenFault::Inactive);
        }
    }
    assert_eq!(too_many(eve.present("a-made-up-token-2").await), 1800);
    assert_eq!(too_many(eve.present("a-token-of-a-colleague").await), 1800);
    assert_eq!(server.asked(), 2);
    assert!(node.from(ALICE).is_let_in("a-token-of-a-colleague").await);
    tokio::time::advance(Duration::from_secs(1800)).await;
    assert!(!eve.is_let_in("a-made-up-token-2").await);
}

#[tokio::test(start_paused = true)]
async fn a_known_good_token_is_introspected_from_a_limited_address() {
    let server = Server::new();
    let node = Node::new(&server, introspection().failure_limit(refusals(1)));
    let office = node.from(ALICE);
    assert!(office.is_let_in(TOKEN).await);
    assert!(!office.is_let_in("a-made-up-token-of-eve").await);
    too_many(office.present("another-made-up-token").await);
    // The token is known. Then its cache entry expires, and it is introspected again.
    assert!(office.is_let_in(TOKEN).await);
    tokio::time::advance(Duration::from_secs(60)).await;
    assert!(office.is_let_in(TOKEN).await);
    assert_eq!(server.asked(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_refused_token_that_was_good_before_does_not_count_as_a_failure() {
    let server = Server::new();
    let node = Node::new(&server, introspection().failure_limit(refusals(1)));
    let office = node.from(ALICE);
    let tokens: Vec<_> = (0..10)
        .map(|number| format!("a-token-of-{number:08}"))
        .collect();
    for token in &tokens {
        assert!(office.is_let_in(token).await);
    }
    server.says(|_| ok(r#"{"active":false}"#));
    tokio::time::advance(Duration::from_secs(60)).await;
    for token in &tokens {
        assert!(!office.is_let_in(token).await);
    }
    assert!(!office.is_let_in("a-made-up-token-of-eve").await);
    too_many(office.present("another-made-up-token").await);
}

#[tokio::test(start_paused = true)]
async fn i4_i5_an_introspection_outage_is_not_counted_against_the_address() {
    let server = Server::new();
    let node = Node::new(&server, introspection().failure_limit(refusals(1)));
    let alice = node.from(ALICE);
    for (status, text) in [(500, ""), (503, ""), (408, ""), (302, ""), (200, "<html>")] {
        server.says(move |_| (status, Vec::new(), text.to_owned()));
        for number in 0..10 {
            let token = format!("a-token-of-{status}-{number}");
            assert_eq!(unavailable(alice.present(&token).await), 5);
        }
    }
    // The server asks for a pause.
    server.says(|_| (429, vec![("retry-after", "1")], String::new()));
    assert_eq!(unavailable(alice.present("a-token-of-somebody").await), 1);
    tokio::time::advance(Duration::from_secs(1)).await;
    // It takes too long.
    server.hold();
    assert_eq!(unavailable(alice.present("a-token-of-somebody").await), 5);
    server.release();
    // It can't be reached.
    server.0.down.store(true, Ordering::SeqCst);
    assert_eq!(unavailable(alice.present("a-token-of-somebody").await), 5);
    server.0.down.store(false, Ordering::SeqCst);
    // It does not accept this API as its client.
    for text in ["", r#"{"error":"invalid_client"}"#] {
        server.says(|_| (401, Vec::new(), text.to_owned()));
        assert!(matches!(
            alice.present(TOKEN).await,
            Err(AuthenticationError::Failed { .. })
        ));
    }
    server.says(|_| ok(r#"{"active":true,"sub":"alice","aud":"api"}"#));
    assert!(alice.is_let_in(TOKEN).await);
}

#[tokio::test(start_paused = true)]
async fn f5_a_4xx_for_one_token_is_counted_once_against_the_address() {
    let server = Server::new();
    let node = Node::new(&server, introspection().failure_limit(refusals(2)));
    let eve = node.from(EVE);
    server.says(|_| (400, Vec::new(), r#"{"error":"invalid_request"}"#.to_owned()));
    for number in 0..2 {
        let token = format!("a-made-up-token-{number}");
        // Cached, so that it is introspected once.
        for _ in 0..10 {
            assert_eq!(unavailable(eve.present(&token).await), 5);
        }
    }
    assert_eq!(too_many(eve.present("a-made-up-token-2").await), 1800);
    assert_eq!(server.asked(), 2);
    server.says(|_| ok(r#"{"active":true,"sub":"alice","aud":"api"}"#));
    assert!(node.from(ALICE).is_let_in(TOKEN).await);
}

/// Row I4 of the conformance table: it is not the fault of the client.
#[tokio::test(start_paused = true)]
async fn a_4xx_for_a_known_good_token_is_not_counted_against_the_address() {
    let server = Server::new();
    let node = Node::new(&server, introspection().failure_limit(refusals(1)));
    let office = node.from(ALICE);
    assert!(office.is_let_in(TOKEN).await);
    server.says(|_| (400, Vec::new(), r#"{"error":"invalid_request"}"#.to_owned()));
    tokio::time::advance(Duration::from_secs(60)).await;
    assert_eq!(unavailable(office.present(TOKEN).await), 5);
    server.says(|_| ok(r#"{"active":true,"sub":"alice","aud":"api"}"#));
    assert!(office.is_let_in("a-token-of-somebody").await);
}

#[tokio::test(start_paused = true)]
async fn a_client_that_abandons_an_introspection_counts_as_failed() {
    let server = Server::new();
    let node = Node::new(&server, introspection().failure_limit(refusals(1)));
    server.hold();
    let eve = node.from(EVE);
    let impatient = tokio::spawn(async move { eve.present("a-made-up-token-of-eve").await });
    server.until_under_way(1).await;
    impatient.abort();
    assert!(impatient.await.unwrap_err().is_cancelled());
    server.release();
    // The introspection request completes without the client.
    tokio::time::sleep(Duration::from_secs(1)).await;
    too_many(node.from(EVE).present("another-made-up-token").await);
}

#[tokio::test(start_paused = true)]
async fn no_refused_token_is_counted_without_a_client_address_or_a_limit() {
    let server = Server::new();
    let limited = Node::new(&server, introspection().failure_limit(refusals(1)));
    let unlimited = Node::new(&server, introspection().failure_limit(None)).from(EVE);
    for number in 0..10 {
        let token = format!("a-made-up-token-{number}");
        assert!(!limited.is_let_in(&token).await);
        assert!(!unlimited.is_let_in(&token).await);
    }
    assert_eq!(server.asked(), 20);
}

#[tokio::test(start_paused = true)]
async fn credential_kinds_that_share_a_limit_count_an_address_together() {
    let limit = refusals(2);
    let server = Server::new();
    let node = Node::new(&server, introspection().failure_limit(limit.clone()));
    let eve = node.from(EVE);
    assert!(!eve.is_let_in("a-made-up-token-of-eve").await);
    limit.record_failure(Some(IpAddr::from(EVE)), b"alice");
    too_many(eve.present("another-made-up-token").await);
}
