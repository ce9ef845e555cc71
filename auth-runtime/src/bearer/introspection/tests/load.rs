//! Many concurrent requests: the load on the server, and which tokens are accepted.

use std::task::{Context, Waker};

use futures_util::future::join_all;
use tokio::task::JoinSet;

use super::*;

#[tokio::test(start_paused = true)]
async fn a_thousand_requests_with_one_token_share_one_introspection() {
    let server = Server::new();
    let node = Node::new(&server, introspection());
    server.hold();
    let requests = join_all((0..1_000).map(|_| node.is_let_in(TOKEN)));
    let release = async {
        server.until_under_way(1).await;
        server.release();
    };
    let (let_in, ()) = tokio::join!(requests, release);
    assert!(let_in.into_iter().all(|let_in| let_in));
    assert_eq!(server.asked(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_token_is_not_introspected_again_while_the_application_maps_its_identity() {
    let server = Server::new();
    let slowly = introspection().map_identity(|identity| async {
        tokio::time::sleep(Duration::from_secs(3)).await;
        Ok(identity)
    });
    let node = Node::new(&server, slowly);
    let later = async {
        tokio::time::sleep(Duration::from_secs(2)).await;
        node.is_let_in(TOKEN).await
    };
    assert_eq!(tokio::join!(node.is_let_in(TOKEN), later), (true, true));
    assert_eq!(server.asked(), 1);
}

#[tokio::test(start_paused = true)]
async fn an_uncached_introspection_result_serves_only_the_requests_that_waited_for_it() {
    let server = Server::new();
    let slowly = || {
        introspection().map_identity(|identity| async {
            tokio::time::sleep(Duration::from_secs(3)).await;
            Ok(identity)
        })
    };
    let off = TokenCache::OFF;
    for node in [
        Node::new(&server, slowly().cache_ttl(Duration::ZERO)),
        Node::with(&server, slowly(), off, Vec::new(), None),
    ] {
        let before = server.asked();
        let other = Server::new();
        server.says(move |token| other.0.answer.lock().unwrap()(token));
        let later = async {
            tokio::time::sleep(Duration::from_secs(2)).await;
            server.says(|_| ok(r#"{"active":false}"#));
            node.is_let_in(TOKEN).await
        };
        assert_eq!(tokio::join!(node.is_let_in(TOKEN), later), (true, false));
        assert_eq!(server.asked() - before, 2);
    }
}

#[tokio::test(start_paused = true)]
async fn a_client_that_disconnects_does_not_cancel_a_shared_introspection() {
    let server = Server::new();
    let node = Node::new(&server, introspection());
    server.hold();
    let impatient = {
        let node = node.clone();
        tokio::spawn(async move { node.is_let_in(TOKEN).await })
    };
    server.until_under_way(1).await;
    let patient = {
        let node = node.clone();
        tokio::spawn(async move { node.is_let_in(TOKEN).await })
    };
    tokio::task::yield_now().await;
    impatient.abort();
    assert!(impatient.await.unwrap_err().is_cancelled());
    server.release();
    assert!(patient.await.unwrap());
    assert_eq!(server.asked(), 1);
}

#[tokio::test(start_paused = true)]
async fn introspections_beyond_the_limit_are_an_outage_at_once() {
    let server = Server::new();
    let node = Node::new(&server, introspection().concurrency(4));
    server.hold();
    let mut waiting = JoinSet::new();
    for number in 0..3 {
        let node = node.clone();
        waiting.spawn(async move { node.is_let_in(&format!("a-token-of-{number:08}")).await });
    }
    server.until_under_way(3).await;
    let begun = tokio::time::Instant::now();
    assert_eq!(unavailable(node.present("one-token-too-many").await), 1);
    assert!(begun.elapsed().is_zero());
    let status = node.introspection();
    assert_eq!((status.under_way, status.over_budget), (3, 1));
    server.release();
    assert_eq!(waiting.join_all().await, [true; 3]);
    assert_eq!(server.asked(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_flood_of_made_up_tokens_is_rate_limited_and_refuses_no_known_token() {
    let server = Server::new();
    *server.0.takes.lock().unwrap() = Duration::from_millis(20);
    let flooded = introspection()
        .rate(100, 200)
        .concurrency(16)
        .cache_ttl(Duration::from_secs(1));
    let node = Node::new(&server, flooded);
    let good: Vec<_> = (0..100)
        .map(|number| format!("a-token-of-{number:08}"))
        .collect();
    for token in &good {
        assert!(node.is_let_in(token).await);
    }
    tokio::time::advance(Duration::from_secs(10)).await;
    let before = server.asked();
    let begun = tokio::time::Instant::now();
    let (mut bad, mut refused) = (0_usize, 0_usize);
    for round in 0..100 {
        let flood = (0..1_000).map(|number| {
            let node = node.clone();
            let token = format!("a-made-up-token-{round}-{number}");
            tokio::spawn(async move { node.present(&token).await })
        });
        let flood: Vec<_> = flood.collect();
        let known = join_all(good.iter().map(|token| node.is_let_in(token))).await;
        assert!(known.into_iter().all(|let_in| let_in));
        for result in flood {
            match result.await.unwrap() {
                Err(AuthenticationError::Token(TokenFault::Inactive)) => bad += 1,
                Err(AuthenticationError::Unavailable { retry_after, .. }) => {
                    assert!(retry_after <= Duration::from_secs(1));
                    refused += 1;
                }
                other => panic!("{other:?}"),
            }
        }
        tokio::time::advance(Duration::from_millis(50)).await;
    }
    assert_eq!(bad + refused, 100_000);
    let milliseconds = usize::try_from(begun.elapsed().as_millis()).unwrap();
    let made_up = {
        let asked = server.0.asked.lock().unwrap();
        let asked = asked.iter().skip(before);
        asked.filter(|token| token.starts_with("a-made-up")).count()
    };
    assert_eq!(made_up, bad);
    assert!(
        made_up <= milliseconds / 10 + 200,
        "{made_up} in {milliseconds}"
    );
    assert!(made_up > 200, "{made_up}");
    assert!(server.most_under_way() <= 16, "{}", server.most_under_way());
    // Each of the valid tokens was introspected once a second.
    let again = server.asked() - before - made_up;
    assert!(
        again <= milliseconds / 10 + 100,
        "{again} in {milliseconds}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_paused_introspection_endpoint_gets_no_requests_for_unknown_tokens() {
    let server = Server::new();
    let node = Node::new(&server, introspection().cache_ttl(Duration::from_secs(1)));
    assert!(node.is_let_in(TOKEN).await);
    tokio::time::advance(Duration::from_secs(1)).await;
    let good = Server::new();
    server.says(|_| (429, vec![("retry-after", "30")], String::new()));
    assert_eq!(unavailable(node.present("a-token-of-somebody").await), 30);
    server.says(move |token| good.0.answer.lock().unwrap()(token));
    let asked = server.asked();
    assert_eq!(unavailable(node.present("a-token-of-somebody").await), 5);
    assert_eq!(server.asked(), asked);
    assert!(node.is_let_in(TOKEN).await);
    tokio::time::advance(Duration::from_secs(5)).await;
    assert!(node.is_let_in("a-token-of-somebody").await);
}

#[tokio::test(start_paused = true)]
async fn a_pause_caused_by_made_up_tokens_delays_a_new_valid_token_by_one_second() {
    let (server, good) = (Server::new(), Server::new());
    let limit = AtomicUsize::new(0);
    server.says(move |token| {
        if token.starts_with("a-made-up") && limit.fetch_add(1, Ordering::SeqCst) % 20 == 19 {
            return (429, vec![("retry-after", "3600")], String::new());
        }
        good.0.answer.lock().unwrap()(token)
    });
    let node = Node::new(&server, introspection());
    let mut shut_out = 0;
    for second in 0..600 {
        if second % 60 == 0 {
            for number in 0..20 {
                let result = node
                    .present(&format!("a-made-up-token-{second}-{number}"))
                    .await;
                assert!(result.is_err());
            }
        }
        match node.present(&format!("a-token-of-new-{second}")).await {
            Ok(_) => {}
            Err(AuthenticationError::Unavailable { .. }) => shut_out += 1,
            Err(other) => panic!("{other:?}"),
        }
        tokio::time::advance(Duration::from_secs(1)).await;
    }
    assert_eq!(shut_out, 10);
}

#[tokio::test(start_paused = true)]
async fn an_introspection_endpoint_that_keeps_asking_for_a_pause_is_probed_once_a_second() {
    let server = Server::saying(|_| (503, vec![("retry-after", "60")], String::new()));
    let node = Node::new(&server, introspection());
    for number in 0..100 {
        unavailable(node.present(&format!("a-token-of-new-{number}")).await);
        tokio::time::advance(Duration::from_millis(100)).await;
    }
    assert_eq!(server.asked(), 10);
}

#[test]
fn a_waiting_request_introspects_again_if_the_runtime_of_the_first_ends() {
    let runtime = || {
        let mut builder = tokio::runtime::Builder::new_current_thread();
        builder.enable_all().build().unwrap()
    };
    let (first, second) = (runtime(), runtime());
    let server = Server::new();
    let node = Node::new(&server, introspection());
    server.hold();
    let mut asking = Box::pin(node.is_let_in(TOKEN));
    let mut waiting = Box::pin(node.is_let_in(TOKEN));
    let context = &mut Context::from_waker(Waker::noop());
    first.block_on(async {
        assert!(asking.as_mut().poll(context).is_pending());
        server.until_under_way(1).await;
    });
    second.block_on(async {
        assert!(waiting.as_mut().poll(context).is_pending());
    });
    assert_eq!(server.asked(), 1);
    drop(first);
    server.release();
    assert!(second.block_on(waiting));
    assert_eq!(server.asked(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_panic_of_the_http_client_does_not_make_the_token_invalid() {
    let server = Server::new();
    let node = Node::new(&server, introspection());
    server.0.panics.store(true, Ordering::SeqCst);
    let result = node.present(TOKEN).await;
    assert!(
        matches!(
            result,
            Err(AuthenticationError::Failed { .. } | AuthenticationError::Unavailable { .. })
        ),
        "{result:?}"
    );
    server.0.panics.store(false, Ordering::SeqCst);
    assert!(node.is_let_in(TOKEN).await);
}

/// A client that always disconnects before the response must not cause more than one introspection at a time.
#[tokio::test(start_paused = true)]
async fn an_abandoned_introspection_is_joined_by_the_next_request_with_the_token() {
    let server = Server::new();
    let node = Node::new(&server, introspection());
    assert!(node.is_let_in(TOKEN).await);
    // The cache entry is stale, and the token is known: such a token has no rate limit.
    tokio::time::advance(Duration::from_secs(60)).await;
    server.hold();
    for _ in 0..10 {
        let impatient = tokio::spawn({
            let node = node.clone();
            async move { node.present(TOKEN).await }
        });
        server.until_under_way(1).await;
        impatient.abort();
        assert!(impatient.await.unwrap_err().is_cancelled());
    }
    assert_eq!(server.asked(), 2);
    server.release();
    assert!(node.is_let_in(TOKEN).await);
    assert_eq!(server.asked(), 2);
}
