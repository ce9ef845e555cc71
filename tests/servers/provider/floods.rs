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

use super::key_server::{Answer, KEYS, KeyServer};
use super::{
    AUDIENCE, COOL_DOWN, Node, fresh, generation, on_demand, read_by_alice, start_node, trust,
};

/// How long a slow answer takes.
const SLOW: Duration = Duration::from_secs(1);

/// Tokens that differ in their unknown `kid` only. They have one signature, which is never verified.
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

/// Advances the clock, so that the delayed response is sent, after this number of requests for `path`.
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
    let node = start_node(jwt).await;
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
    let node = start_node(trust(&server, on_demand())).await;
    node.expect(&fresh(&old), read_by_alice()).await;
    clock.advance(COOL_DOWN).await;
    server.answer(KEYS, Answer::keys([&old, &new]).after(SLOW));
    let answer = release(&clock, &server, KEYS, 2);
    tokio::join!(herd(&node, 1000, || fresh(&new), 200), answer);
    assert_eq!(server.count(KEYS), 2);
}
