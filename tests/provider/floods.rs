//! More requests than anybody should send: what reaches the key server is bounded.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use auth_runtime::Jwt;
use auth_runtime::testing::Issuer;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::json;
use tokio::task::JoinSet;
use tokio::time::sleep;

use crate::key_server::{Answer, KEYS, KeyServer};
use crate::node::{
    AUDIENCE, COOL_DOWN, Node, eventually, fresh, generation, on_demand, read_by_alice, trust,
    unavailable,
};

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

    /// Sends so many over a few connections and returns how many answers had which status.
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

/// One fetch at the start, and one for each cool-down that began.
fn assert_bounded(server: &KeyServer, lasted: Duration, cool_down: Duration) {
    let allowed = 2 + usize::try_from(lasted.as_millis() / cool_down.as_millis()).unwrap();
    let requests = server.count(KEYS);
    assert!(requests <= allowed, "{requests} in {lasted:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hundred_thousand_unknown_keys_cost_a_fetch_a_cool_down() {
    const REQUESTS: usize = 100_000;
    let cool_down = Duration::from_secs(1);
    let (old, new) = (generation("old"), generation("new"));
    let server = KeyServer::with_keys(Answer::keys([&old])).await;
    let begun = Instant::now();
    let node = Node::start(trust(&server, on_demand().cool_down(cool_down))).await;
    let seen_before = fresh(&old);
    node.expect(&seen_before, read_by_alice()).await;

    let unknown = Unknown::of(&old);
    let stop = AtomicBool::new(false);
    let flood = async {
        let statuses = unknown.flood(&node, REQUESTS).await;
        stop.store(true, Ordering::SeqCst);
        statuses
    };
    let known = async {
        let mut client = node.connect().await;
        let (mut sent, mut wrong) = (0, 0);
        while !stop.load(Ordering::SeqCst) {
            for token in [seen_before.as_str(), &fresh(&old)] {
                sent += 1;
                wrong += usize::from(client.status(token).await != 200);
            }
        }
        (sent, wrong)
    };
    let rotation = async {
        eventually("the flood is on", async || {
            unknown.made.load(Ordering::Relaxed) > REQUESTS / 10
        })
        .await;
        server.answer(KEYS, Answer::keys([&old, &new]));
        let (published, fetches) = (Instant::now(), server.count(KEYS));
        let mut refused = BTreeMap::<u16, usize>::new();
        eventually("the new key is known", async || {
            let status = node.status(&fresh(&new)).await;
            *refused.entry(status).or_default() += 1;
            status == 200
        })
        .await;
        refused.remove(&200);
        let made = unknown.made.load(Ordering::Relaxed);
        let after = server.count(KEYS) - fetches;
        (published.elapsed(), after, made, refused)
    };
    let (statuses, (sent, wrong), (took, after, made, refused)) =
        tokio::join!(flood, known, rotation);
    let lasted = begun.elapsed();
    let fetches = server.count(KEYS);
    println!(
        "{REQUESTS} unknown keys in {lasted:?}: {statuses:?}, {fetches} fetches; {sent} good requests \
         meanwhile; a new key was known after {took:?}, before that its tokens were {refused:?}"
    );
    // Each made-up kid is new: 401 where it waited for a fetch, and 503 where none may begin yet.
    assert!(statuses.keys().all(|status| [401, 503].contains(status)));
    assert_eq!(statuses.values().sum::<usize>(), REQUESTS);
    // More than the set of kids seen holds, so that the new one was pushed out again and again.
    assert!(refused.keys().all(|status| *status == 503), "{refused:?}");
    assert_eq!(unknown.made.load(Ordering::Relaxed), REQUESTS);
    assert!(made < REQUESTS, "the flood was over");
    assert!(sent > 100 && wrong == 0, "{wrong} of {sent} good ones");
    // The next fetch, unless a cool-down passed before this was noticed.
    assert!(after <= 2, "{after} fetches until then");
    // A cool-down and a fetch, on a machine that is busy with the flood and other things.
    assert!(took < cool_down + Duration::from_secs(5), "{took:?}");
    assert_bounded(&server, lasted, cool_down);
    assert!(server.connections() <= fetches);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_flood_does_not_hammer_a_server_that_is_ill() {
    let issuer = generation("one");
    let server = KeyServer::with_keys(Answer::keys([&issuer])).await;
    let begun = Instant::now();
    let node = Node::start(trust(&server, on_demand())).await;
    node.expect(&fresh(&issuer), read_by_alice()).await;
    server.answer(KEYS, Answer::hang_up());
    sleep(COOL_DOWN).await;
    let unknown = Unknown::of(&issuer);
    let all = BTreeMap::from([(503, 5000)]);
    assert_eq!(unknown.flood(&node, 5000).await, all);
    assert_bounded(&server, begun.elapsed(), COOL_DOWN);
    node.expect(&fresh(&issuer), read_by_alice()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn within_a_cool_down_nothing_is_fetched_and_nobody_waits() {
    let issuer = generation("one");
    let server = KeyServer::with_keys(Answer::keys([&issuer])).await;
    let refresh = on_demand().cool_down(Duration::from_secs(60));
    let node = Node::start(trust(&server, refresh)).await;
    node.expect(&fresh(&issuer), read_by_alice()).await;
    server.answer(KEYS, Answer::hang_up().after(Duration::from_secs(30)));
    // No fetch could have brought them.
    let all = BTreeMap::from([(503, 5000)]);
    assert_eq!(Unknown::of(&issuer).flood(&node, 5000).await, all);
    assert_eq!(server.count(KEYS), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_flood_while_a_fetch_hangs_waits_for_that_one_and_for_no_other() {
    let issuer = generation("one");
    let server = KeyServer::with_keys(Answer::keys([&issuer])).await;
    let cool_down = Duration::from_secs(2);
    let begun = Instant::now();
    let refresh = on_demand().cool_down(cool_down);
    let refresh = refresh.timeout(Duration::from_millis(500));
    let node = Node::start(trust(&server, refresh)).await;
    node.expect(&fresh(&issuer), read_by_alice()).await;
    sleep(cool_down).await;
    server.answer(KEYS, Answer::hang_up().after(Duration::from_secs(30)));
    let all = BTreeMap::from([(503, 5000)]);
    assert_eq!(Unknown::of(&issuer).flood(&node, 5000).await, all);
    assert_bounded(&server, begun.elapsed(), cool_down);
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

#[tokio::test]
async fn a_thousand_first_requests_cost_one_fetch() {
    const METADATA: &str = "/.well-known/openid-configuration";
    let server = KeyServer::start().await;
    let name = server.url("");
    let issuer = Issuer::new(&name, AUDIENCE).key_id("one");
    let metadata = json!({ "issuer": name, "jwks_uri": server.url(KEYS) });
    let slow = Duration::from_millis(500);
    server.answer(METADATA, Answer::json(&metadata).after(slow));
    server.answer(KEYS, Answer::keys([&issuer]).after(slow));
    let jwt = Jwt::oidc(name).audience(AUDIENCE).key_refresh(on_demand());
    let node = Node::start(jwt).await;
    herd(&node, 1000, || fresh(&issuer), 200).await;
    assert_eq!((server.count(METADATA), server.count(KEYS)), (1, 1));
    assert_eq!(server.count_all(), 2);
}

#[tokio::test]
async fn a_thousand_first_requests_with_a_new_key_cost_one_fetch() {
    let (old, new) = (generation("old"), generation("new"));
    let server = KeyServer::with_keys(Answer::keys([&old])).await;
    let node = Node::start(trust(&server, on_demand())).await;
    node.expect(&fresh(&old), read_by_alice()).await;
    sleep(COOL_DOWN).await;
    let slow = Duration::from_millis(500);
    server.answer(KEYS, Answer::keys([&old, &new]).after(slow));
    herd(&node, 1000, || fresh(&new), 200).await;
    assert_eq!(server.count(KEYS), 2);
}

#[tokio::test]
async fn a_thousand_first_requests_to_a_server_that_is_ill_cost_one_fetch() {
    let issuer = generation("one");
    let slow = Duration::from_millis(500);
    let server = KeyServer::with_keys(Answer::hang_up().after(slow)).await;
    let refresh = on_demand().cool_down(Duration::from_secs(60));
    let node = Node::start(trust(&server, refresh)).await;
    herd(&node, 1000, || fresh(&issuer), 503).await;
    node.expect(&fresh(&issuer), unavailable()).await;
    assert_eq!(server.connections(), 1);
}
