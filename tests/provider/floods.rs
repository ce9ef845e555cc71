//! Floods of requests: the requests to the key server are bounded.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use auth_runtime::Jwt;
use auth_runtime::testing::Issuer;
use auth_tests::clock::{StoppedClock, eventually};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::json;
use tokio::task::JoinSet;

use crate::key_server::{Answer, KEYS, KeyServer};
use crate::node::{
    AUDIENCE, COOL_DOWN, Node, TIMEOUT, fresh, generation, on_demand, read_by_alice, trust,
    unavailable,
};

/// How long a slow answer takes.
const SLOW: Duration = Duration::from_secs(1);

/// Tokens that differ in the `kid` only, which nobody knows. Making one costs no signature: it is
/// never looked at.
#[derive(Clone)]
pub(crate) struct Unknown {
    payload_and_signature: Arc<str>,
    made: Arc<AtomicUsize>,
}

impl Unknown {
    pub(crate) fn of(issuer: &Issuer) -> Self {
        let token = fresh(issuer);
        let (_, rest) = token.split_once('.').unwrap();
        Self {
            payload_and_signature: rest.into(),
            made: Arc::default(),
        }
    }

    pub(crate) fn token(&self) -> String {
        let number = self.made.fetch_add(1, Ordering::Relaxed);
        let header = json!({ "alg": "ES256", "typ": "at+jwt", "kid": format!("unknown {number}") });
        let header = URL_SAFE_NO_PAD.encode(header.to_string());
        format!("{header}.{}", self.payload_and_signature)
    }

    /// Sends this many over a few connections, and counts the answers by status.
    pub(crate) async fn flood(&self, node: &Node, requests: usize) -> BTreeMap<u16, usize> {
        const CONNECTIONS: usize = 20;
        const TOGETHER: usize = 25;
        let mut clients = JoinSet::new();
        for _ in 0..CONNECTIONS {
            let mut connection = node.connect().await;
            let unknown = self.clone();
            clients.spawn(async move {
                let mut statuses = Vec::new();
                for _ in 0..requests / CONNECTIONS / TOGETHER {
                    let tokens: Vec<_> = (0..TOGETHER).map(|_| unknown.token()).collect();
                    statuses.extend(connection.statuses(&tokens).await);
                }
                statuses
            });
        }
        let mut counts = BTreeMap::new();
        for status in clients.join_all().await.into_iter().flatten() {
            *counts.entry(status).or_default() += 1;
        }
        counts
    }
}

#[tokio::test(start_paused = true)]
async fn twenty_thousand_unknown_kids_cost_one_fetch_per_cool_down() {
    const COOL_DOWNS: usize = 10;
    const REQUESTS: usize = 2_000;
    let clock = StoppedClock::start();
    let (old, new) = (generation("old"), generation("new"));
    let server = KeyServer::with_keys(Answer::keys([&old])).await;
    let node = Node::start(trust(&server, on_demand())).await;
    let seen_before = fresh(&old);
    node.expect(&seen_before, read_by_alice()).await;
    // The fetch at the start could not have brought a key that is unknown since then.
    assert_eq!(node.status(&Unknown::of(&old).token()).await, 503);
    assert_eq!(server.count(KEYS), 1);

    let unknown = Unknown::of(&old);
    let mut client = node.connect().await;
    for number in 1..=COOL_DOWNS {
        if number == COOL_DOWNS / 2 {
            server.answer(KEYS, Answer::keys([&old, &new]));
        }
        clock.advance(COOL_DOWN).await;
        let known = async {
            for _ in 0..10 {
                let statuses = client.statuses(&[&seen_before, &fresh(&old)]).await;
                assert_eq!(statuses, [200, 200]);
            }
        };
        let rotated = async {
            if number >= COOL_DOWNS / 2 {
                node.expect(&fresh(&new), read_by_alice()).await;
            }
        };
        let flood = unknown.flood(&node, REQUESTS);
        let (statuses, (), ()) = tokio::join!(flood, known, rotated);
        // Each made-up `kid` is new: 401 where it waited for the fetch, and 503 after it.
        assert!(
            statuses.keys().all(|status| [401, 503].contains(status)),
            "{statuses:?}"
        );
        assert_eq!(statuses.values().sum::<usize>(), REQUESTS);
        assert_eq!(server.count(KEYS), 1 + number);
    }
    assert_eq!(unknown.made.load(Ordering::Relaxed), COOL_DOWNS * REQUESTS);
    assert!(server.connections() <= 1 + COOL_DOWNS);
}

#[tokio::test(start_paused = true)]
async fn a_flood_of_requests_does_not_increase_fetches_from_a_failing_key_server() {
    let clock = StoppedClock::start();
    let issuer = generation("one");
    let server = KeyServer::with_keys(Answer::keys([&issuer])).await;
    let node = Node::start(trust(&server, on_demand())).await;
    node.expect(&fresh(&issuer), read_by_alice()).await;
    server.answer(KEYS, Answer::hang_up());
    clock.advance(COOL_DOWN).await;
    let unknown = Unknown::of(&issuer);
    let all = BTreeMap::from([(503, 5000)]);
    assert_eq!(unknown.flood(&node, 5000).await, all);
    // The client tries again where a connection that it kept was closed under it.
    let fetches = server.count(KEYS);
    assert!((2..=3).contains(&fetches), "{fetches}");
    node.expect(&fresh(&issuer), read_by_alice()).await;
}

#[tokio::test(start_paused = true)]
async fn within_a_cool_down_no_key_is_fetched_and_no_request_waits() {
    let _clock = StoppedClock::start();
    let issuer = generation("one");
    let server = KeyServer::with_keys(Answer::keys([&issuer])).await;
    let node = Node::start(trust(&server, on_demand())).await;
    node.expect(&fresh(&issuer), read_by_alice()).await;
    server.answer(KEYS, Answer::hang_up().after(TIMEOUT));
    // No fetch could have brought them.
    let all = BTreeMap::from([(503, 5000)]);
    assert_eq!(Unknown::of(&issuer).flood(&node, 5000).await, all);
    assert_eq!(server.count(KEYS), 1);
}

#[tokio::test(start_paused = true)]
async fn a_flood_during_a_hanging_key_fetch_waits_for_that_fetch_only() {
    let clock = StoppedClock::start();
    let issuer = generation("one");
    let server = KeyServer::with_keys(Answer::keys([&issuer])).await;
    let node = Node::start(trust(&server, on_demand())).await;
    node.expect(&fresh(&issuer), read_by_alice()).await;
    clock.advance(COOL_DOWN).await;
    server.answer(KEYS, Answer::hang_up().after(2 * TIMEOUT));
    let unknown = Unknown::of(&issuer);
    let time_out = async {
        eventually("a fetch hangs", async || server.count(KEYS) == 2).await;
        clock.advance(TIMEOUT).await;
    };
    let all = BTreeMap::from([(503, 5000)]);
    let (statuses, ()) = tokio::join!(unknown.flood(&node, 5000), time_out);
    assert_eq!(statuses, all);
    assert_eq!(server.count(KEYS), 2);
    node.expect(&fresh(&issuer), read_by_alice()).await;
}

/// So many requests at the same time, each on its own connection; all answers have this status.
async fn herd(node: &Node, requests: usize, token: impl Fn() -> String, status: u16) {
    let limits = std::fs::read_to_string("/proc/self/limits").unwrap_or_default();
    let files = limits
        .lines()
        .find_map(|line| {
            line.strip_prefix("Max open files")?
                .split_whitespace()
                .next()
        })
        .and_then(|limit| limit.parse().ok())
        .unwrap_or(usize::MAX);
    assert!(
        files > 2 * requests + 200,
        "{files} open files are too few for this test: ulimit -n {}",
        3 * requests
    );
    let clients = (0..requests).map(|_| {
        let token = token();
        async move { node.status(&token).await }
    });
    let statuses = futures_util::future::join_all(clients).await;
    let others: Vec<_> = statuses
        .into_iter()
        .filter(|found| *found != status)
        .collect();
    assert!(others.is_empty(), "{} others: {}", others.len(), others[0]);
}

/// Lets the answer go on that `path` waits for when it was asked for so often.
async fn release(clock: &StoppedClock, server: &KeyServer, path: &str, requests: usize) {
    eventually(path, async || server.count(path) == requests).await;
    clock.advance(SLOW).await;
}

#[tokio::test(start_paused = true)]
async fn a_thousand_first_requests_cost_one_metadata_and_one_key_fetch() {
    const METADATA: &str = "/.well-known/openid-configuration";
    let clock = StoppedClock::start();
    let server = KeyServer::start().await;
    let name = server.url("");
    let issuer = Issuer::new(&name, AUDIENCE).key_id("one");
    let metadata = json!({ "issuer": name, "jwks_uri": server.url(KEYS) });
    server.answer(METADATA, Answer::json(&metadata).after(SLOW));
    server.answer(KEYS, Answer::keys([&issuer]).after(SLOW));
    let jwt = Jwt::oidc(name).audience(AUDIENCE).key_refresh(on_demand());
    let node = Node::start(jwt).await;
    let answers = async {
        release(&clock, &server, METADATA, 1).await;
        release(&clock, &server, KEYS, 1).await;
    };
    tokio::join!(herd(&node, 1000, || fresh(&issuer), 200), answers);
    assert_eq!((server.count(METADATA), server.count(KEYS)), (1, 1));
    assert_eq!(server.count_all(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_thousand_requests_with_a_new_key_cost_one_fetch() {
    let clock = StoppedClock::start();
    let (old, new) = (generation("old"), generation("new"));
    let server = KeyServer::with_keys(Answer::keys([&old])).await;
    let node = Node::start(trust(&server, on_demand())).await;
    node.expect(&fresh(&old), read_by_alice()).await;
    clock.advance(COOL_DOWN).await;
    server.answer(KEYS, Answer::keys([&old, &new]).after(SLOW));
    let answer = release(&clock, &server, KEYS, 2);
    tokio::join!(herd(&node, 1000, || fresh(&new), 200), answer);
    assert_eq!(server.count(KEYS), 2);
}

#[tokio::test(start_paused = true)]
async fn a_thousand_first_requests_cost_one_fetch_from_a_failing_key_server() {
    let clock = StoppedClock::start();
    let issuer = generation("one");
    let server = KeyServer::with_keys(Answer::hang_up().after(SLOW)).await;
    let node = Node::start(trust(&server, on_demand())).await;
    let answer = release(&clock, &server, KEYS, 1);
    tokio::join!(herd(&node, 1000, || fresh(&issuer), 503), answer);
    node.expect(&fresh(&issuer), unavailable()).await;
    assert_eq!(server.connections(), 1);
}
