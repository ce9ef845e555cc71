//! Tokens that were verified before are cached, and never for longer than they are valid.

use std::collections::{BTreeMap, HashSet};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use auth_runtime::bearer::TokenCache;
use auth_runtime::revocation::{Revocation, RevocationQuery, RevocationStatus, Revoked};
use auth_runtime::testing::Issuer;
use auth_runtime::{Auth, AuthBuilder, BoxError};
use auth_tests::client::Response;
use auth_tests::clock::eventually;
use auth_tests::expected::{Expected, invalid_token};

use super::floods::Unknown;
use super::key_server::{Answer, KEYS, KeyServer, key_set};
use super::{
    AUDIENCE, Node, each, fetched_once, fresh, generation, read_by_alice, reader, start_node,
    trust, unavailable, unknown_key,
};

/// A list of revoked `jti`s, which can be down. Clones share it.
#[derive(Clone, Default)]
struct List {
    revoked: Arc<Mutex<HashSet<String>>>,
    checks: Arc<AtomicUsize>,
    down: Arc<AtomicBool>,
}

impl List {
    fn add(&self, token_id: &str) {
        self.revoked.lock().unwrap().insert(token_id.to_owned());
    }

    fn checks(&self) -> usize {
        self.checks.load(Ordering::SeqCst)
    }
}

impl Revocation for List {
    fn check(&self, token: &RevocationQuery<'_>, _: SystemTime) -> Result<bool, BoxError> {
        self.checks.fetch_add(1, Ordering::SeqCst);
        if self.down.load(Ordering::SeqCst) {
            return Err("the list is gone".into());
        }
        let revoked = self.revoked.lock().unwrap();
        Ok(token.token_id.is_some_and(|id| revoked.contains(id)))
    }

    async fn revoke(&self, revoked: Revoked) -> Result<(), BoxError> {
        Err(format!("not here: {revoked:?}").into())
    }

    fn retention(&self) -> Duration {
        Duration::from_secs(3600)
    }

    fn status(&self) -> RevocationStatus {
        let mut status = RevocationStatus::default();
        status.behind_seconds = Some(0.0);
        status
    }
}

/// A clock that is set.
#[derive(Clone)]
struct Hand(Arc<Mutex<u64>>);

impl Hand {
    fn new() -> Self {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        Self(Arc::new(Mutex::new(now.as_secs())))
    }

    fn seconds(&self) -> u64 {
        *self.0.lock().unwrap()
    }

    fn set(&self, seconds: u64) {
        *self.0.lock().unwrap() = seconds;
    }

    fn builder(&self) -> AuthBuilder {
        let hand = self.clone();
        Auth::builder().clock(move || UNIX_EPOCH + Duration::from_secs(hand.seconds()))
    }
}

/// The number of cache hits.
fn hits(node: &Node) -> u64 {
    node.auth.status().token_cache.unwrap().hits
}

fn revoked() -> Expected {
    invalid_token("The access token was revoked").into()
}

fn expired() -> Expected {
    invalid_token("The access token expired").into()
}

#[tokio::test]
async fn a_known_token_is_refused_after_its_expiry_and_leeway() {
    let (hand, issuer) = (Hand::new(), generation("one"));
    let jwt = issuer.jwt().leeway(Duration::from_secs(30));
    let node = Node::start(hand.builder().bearer(jwt)).await;
    let now = hand.seconds();
    let token = reader(&issuer).claim("exp", now + 100).sign();
    for later in [0, 99, 100, 129] {
        hand.set(now + later);
        node.expect(&token, read_by_alice()).await;
    }
    assert_eq!(hits(&node), 3);
    for later in [130, 131, 1_000_000_000] {
        hand.set(now + later);
        node.expect(&token, expired()).await;
    }
    // After the clock is corrected the token is accepted again, like an unknown one.
    hand.set(now + 129);
    node.expect(&token, read_by_alice()).await;
}

#[tokio::test]
async fn a_known_token_is_refused_before_its_nbf() {
    let (hand, issuer) = (Hand::new(), generation("one"));
    let node = Node::start(hand.builder().bearer(issuer.jwt())).await;
    let now = hand.seconds();
    let early = || invalid_token("The access token is not yet valid");
    let (by_nbf, by_iat) = (
        reader(&issuer).without("iat").claim("nbf", now).sign(),
        reader(&issuer).claim("iat", now).sign(),
    );
    for token in [&by_nbf, &by_iat] {
        hand.set(now);
        node.expect(token, read_by_alice()).await;
        node.expect(token, read_by_alice()).await;
        hand.set(now - 61);
        node.expect(token, early()).await;
        hand.set(now - 60);
        node.expect(token, read_by_alice()).await;
    }
}

#[tokio::test]
async fn b18_a_known_token_is_revoked_at_once() {
    let (list, issuer) = (List::default(), generation("one"));
    let auth = Auth::builder()
        .bearer(issuer.jwt())
        .revocation(list.clone());
    let node = Node::start(auth).await;
    let mine = reader(&issuer).claim("jti", "mine").sign();
    let other = reader(&issuer).claim("jti", "other").sign();
    for token in [&mine, &other, &mine, &other] {
        node.expect(token, read_by_alice()).await;
    }
    // The list is asked once more before a new token is cached.
    assert_eq!((hits(&node), list.checks()), (2, 6));
    list.add("mine");
    for _ in 0..3 {
        node.expect(&mine, revoked()).await;
        node.expect(&other, read_by_alice()).await;
    }
    // Another token with the same `jti`, never sent before.
    node.expect(&reader(&issuer).claim("jti", "mine").sign(), revoked())
        .await;
}

#[tokio::test]
async fn i7_no_known_token_is_accepted_while_the_revocation_list_is_down() {
    let (list, issuer) = (List::default(), generation("one"));
    let auth = Auth::builder()
        .bearer(issuer.jwt())
        .revocation(list.clone());
    let node = Node::start(auth).await;
    let token = fresh(&issuer);
    node.expect(&token, read_by_alice()).await;
    list.down.store(true, Ordering::SeqCst);
    node.expect(&token, unavailable()).await;
    node.expect(&fresh(&issuer), unavailable()).await;
    // An invalid token is refused without the list.
    node.expect(&fresh(&generation("two")), unknown_key()).await;
    list.down.store(false, Ordering::SeqCst);
    node.expect(&token, read_by_alice()).await;
}

#[tokio::test]
async fn a_token_that_differs_in_one_octet_is_another_token() {
    let issuer = generation("one");
    let node = start_node(issuer.jwt()).await;
    let token = fresh(&issuer);
    node.expect(&token, read_by_alice()).await;
    let mut others = vec![
        format!("{token}A"),
        format!("{token}="),
        format!("{token}."),
        token[..token.len() - 1].to_owned(),
        token.to_uppercase(),
    ];
    for place in 0..token.len() {
        for octet in ["A", "B", "w", "_", "."] {
            let mut changed = token.clone();
            changed.replace_range(place..=place, octet);
            if changed != token {
                others.push(changed);
            }
        }
    }
    let mut client = node.connect().await;
    for few in others.chunks(25) {
        let statuses = client.statuses(few).await;
        assert!(
            statuses.iter().all(|status| *status == 401),
            "{statuses:?}: {few:?}"
        );
    }
    assert_eq!(hits(&node), 0);
    node.expect(&token, read_by_alice()).await;
    assert_eq!(hits(&node), 1);
}

/// Valid and invalid tokens of every kind, with and without a cache, each twice.
#[tokio::test]
async fn without_the_token_cache_all_responses_are_the_same() {
    let issuer = generation("one");
    let next = generation("two");
    let server = KeyServer::with_keys(Answer::keys([&issuer])).await;
    let list = List::default();
    list.add("revoked");
    let start = |cache| {
        let jwt = trust(&server, fetched_once()).required_claim("jti");
        let auth = Auth::builder().bearer(jwt).token_cache(cache);
        Node::start(auth.revocation(list.clone()))
    };
    let with = start(TokenCache::new()).await;
    let without = start(TokenCache::OFF).await;
    let minute = Duration::from_secs(60);
    let token = || reader(&issuer);
    let signed = token().sign();
    let tokens = [
        signed.clone(),
        format!("{signed}A"),
        signed.replace('.', ""),
        String::new(),
        "nonsense".to_owned(),
        token().scope("write").sign(),
        token().without("scope").sign(),
        token().role("admin").sign(),
        token().expired_for(minute / 2).sign(),
        token().expired_for(2 * minute).sign(),
        token().without("exp").sign(),
        token().claim("nbf", 4_000_000_000_u64).sign(),
        token().claim("iat", 4_000_000_000_u64).sign(),
        token().claim("aud", "https://other.example").sign(),
        token().claim("iss", "https://other.example").sign(),
        token().without("jti").sign(),
        token().without("sub").sign(),
        token().claim("jti", "revoked").sign(),
        token()
            .claim("cnf", serde_json::json!({ "jkt": "x" }))
            .sign(),
        token().header("typ", "JWT").sign(),
        token().header("alg", "RS256").sign(),
        token().header("kid", "unknown").sign(),
        token().without_header("kid").sign(),
        fresh(&next),
        fresh(&Issuer::new("https://other.example", AUDIENCE)),
    ];
    let mut statuses = HashSet::new();
    for token in &tokens {
        let mut answers: Vec<Response> = Vec::new();
        for node in [&with, &without, &with, &without] {
            let mut answer = node.send(token).await.comparable();
            // The rest of a node's cool-down differs.
            answer.headers.retain(|(name, _)| name != "retry-after");
            answers.push(answer);
        }
        for pair in answers.windows(2) {
            assert_eq!(pair[0], pair[1], "{token}");
        }
        statuses.insert(answers[0].status);
    }
    assert_eq!(statuses, HashSet::from([200, 401, 403, 503]));
    // The six valid tokens: four are accepted, and two lack the scope.
    assert_eq!(hits(&with), 6);
    assert!(without.auth.status().token_cache.is_none());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_flood_of_invalid_tokens_evicts_no_known_token() {
    const FLOOD: usize = 10_000;
    let issuer = generation("one");
    let cache = TokenCache::new().entries(200);
    let node = Node::start(Auth::builder().bearer(issuer.jwt()).token_cache(cache)).await;
    let known: Vec<_> = (0..100).map(|_| fresh(&issuer)).collect();
    let mut client = node.connect().await;
    for _ in 0..2 {
        assert_eq!(client.statuses(&known).await, [200; 100]);
    }
    assert_eq!(hits(&node), 100);
    let all = BTreeMap::from([(401, FLOOD)]);
    assert_eq!(Unknown::of(&issuer).flood(&node, FLOOD).await, all);
    let status = node.auth.status().token_cache.unwrap();
    assert_eq!((status.entries, status.hits), (100, 100));
    assert_eq!(client.statuses(&known).await, [200; 100]);
    assert_eq!(hits(&node), 200);
}

#[tokio::test]
async fn more_valid_tokens_than_the_cache_holds_are_all_accepted() {
    let issuer = generation("one");
    let cache = TokenCache::new().entries(50);
    let node = Node::start(Auth::builder().bearer(issuer.jwt()).token_cache(cache)).await;
    let tokens: Vec<_> = (0..500).map(|_| fresh(&issuer)).collect();
    let mut client = node.connect().await;
    for _ in 0..3 {
        assert_eq!(client.statuses(&tokens).await, [200; 500]);
    }
    assert!(node.auth.status().token_cache.unwrap().entries <= 50);
}

#[tokio::test]
async fn a_token_whose_key_is_removed_during_enrichment_is_refused() {
    let (stays, goes) = (generation("stays"), generation("goes"));
    let server = KeyServer::with_keys(Answer::keys([&stays, &goes])).await;
    // The key is removed while the application looks up the caller.
    let (asked, mut asks) = tokio::sync::mpsc::unbounded_channel();
    let (go, gate) = tokio::sync::watch::channel(false);
    let jwt = trust(&server, each(Duration::from_millis(100))).map_identity(move |identity| {
        let (asked, mut gate) = (asked.clone(), gate.clone());
        async move {
            asked.send(()).unwrap();
            gate.wait_for(|open| *open).await.unwrap();
            Ok(identity)
        }
    });
    let node = start_node(jwt).await;
    let token = fresh(&goes);
    let late = async { node.status(&token).await };
    let removal = async {
        asks.recv().await.unwrap();
        server.answer(KEYS, Answer::json(&key_set([&stays])));
        eventually("the key is removed", async || {
            node.auth.status().issuers[0].keys == 1
        })
        .await;
        go.send(true).unwrap();
    };
    // The token was valid when it was verified.
    let (status, ()) = tokio::join!(late, removal);
    assert_eq!(status, 401);
    node.expect(&token, unknown_key()).await;
    assert_eq!(hits(&node), 0);
}
