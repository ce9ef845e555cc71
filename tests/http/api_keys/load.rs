//! Many keys and clients, while keys are revoked.

use std::num::NonZeroU32;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use auth_runtime::authenticator::FailureLimit;
use auth_tests::clock::eventually;
use tokio::task::JoinSet;

use super::*;

/// All clients have one address here, and half of their keys are bad.
fn no_limit() -> FailureLimit {
    let second = Duration::from_secs(1);
    FailureLimit::default()
        .per_address(NonZeroU32::MAX, second)
        .per_account(NonZeroU32::MAX, second)
}

/// Numbers in no particular order, the same in each run.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % u64::try_from(bound).unwrap()).unwrap()
    }
}

struct Keys {
    keys: Vec<ApiKey>,
    revoked: Vec<Mutex<Revocation>>,
}

#[derive(Clone, Copy, Debug)]
enum Revocation {
    None,
    Begun,
    /// The moment at which it had returned.
    Done(Instant),
}

impl Keys {
    fn judge(&self, number: usize, begun: Instant, status: u16, bound: Duration) -> Option<String> {
        // Asked after the answer: what was revoked by then may have been revoked while it was made.
        let revocation = *self.revoked[number].lock().unwrap();
        let late = match revocation {
            Revocation::Done(revoked) => begun.checked_duration_since(revoked),
            Revocation::None | Revocation::Begun => None,
        };
        match status {
            200 if late.is_some_and(|late| late > bound) => {
                Some(format!("let in {late:?} after it was revoked"))
            }
            200 => None,
            401 if !matches!(revocation, Revocation::None) => None,
            other => Some(format!(
                "{other} with a key whose revocation is {revocation:?}"
            )),
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_revoked_api_key_is_accepted_after_the_cache_ttl_under_load() {
    const KEYS: usize = 10_000;
    const CLIENTS: u64 = 100;
    let bound = Duration::from_millis(400);
    let store = MemoryApiKeys::new();
    let keys = |cache_ttl| {
        let keys = ApiKeys::new(store.clone()).failure_limit(no_limit());
        keys.cache_ttl(cache_ttl)
    };
    let here = Node::start(keys(Duration::from_secs(600))).await;
    let elsewhere = Node::start(keys(bound)).await;
    let mut created = Vec::with_capacity(KEYS);
    for _ in 0..KEYS {
        created.push(here.create(NewApiKey::new("alice")).await);
    }
    let keys = Arc::new(Keys {
        keys: created,
        revoked: (0..KEYS).map(|_| Mutex::new(Revocation::None)).collect(),
    });

    let stop = Arc::new(AtomicBool::new(false));
    let answers = Arc::new(AtomicUsize::new(0));
    let refusals = Arc::new(AtomicUsize::new(0));
    let mut clients = JoinSet::new();
    for client in 0..CLIENTS {
        // Half of them talk to the node that revokes, where nothing is late.
        let (node, bound) = if client % 2 == 0 {
            (&here, Duration::ZERO)
        } else {
            (&elsewhere, bound)
        };
        let mut connection = node.server.connect().await;
        let (keys, stop) = (Arc::clone(&keys), Arc::clone(&stop));
        let (answers, refusals) = (Arc::clone(&answers), Arc::clone(&refusals));
        clients.spawn(async move {
            let mut numbers = Numbers(client + 1);
            let mut wrong = Vec::new();
            while !stop.load(Ordering::SeqCst) {
                // A hundred keys are in use all the time, the others now and then.
                let range = if numbers.below(2) == 0 { 100 } else { KEYS };
                let number = numbers.below(range);
                let key = keys.keys[number].reveal();
                let request =
                    format!("GET /any HTTP/1.1\r\nHost: test\r\nX-API-Key: {key}\r\n\r\n");
                let begun = Instant::now();
                connection.write(request.as_bytes()).await;
                let status = connection.read(false).await.unwrap().status;
                wrong.extend(keys.judge(number, begun, status, bound));
                answers.fetch_add(1, Ordering::Relaxed);
                refusals.fetch_add(usize::from(status == 401), Ordering::Relaxed);
            }
            wrong
        });
    }

    // Every third key, those in use all the time among them.
    for number in (0..KEYS).step_by(3) {
        let set = |revocation| *keys.revoked[number].lock().unwrap() = revocation;
        set(Revocation::Begun);
        assert!(here.keys.revoke(keys.keys[number].prefix()).await.unwrap());
        set(Revocation::Done(Instant::now()));
        if number % 300 == 0 {
            // Each client is answered in between.
            let before = answers.load(Ordering::Relaxed);
            let all = usize::try_from(CLIENTS).unwrap();
            eventually("the clients go on", async || {
                answers.load(Ordering::Relaxed) > before + all
            })
            .await;
        }
    }
    // Longer than the bound: from now on the responses to clients are checked as well.
    tokio::time::sleep(2 * bound).await;
    eventually("the clients have seen enough", async || {
        let refused = refusals.load(Ordering::Relaxed);
        refused > 100 && answers.load(Ordering::Relaxed) > refused + 1000
    })
    .await;
    stop.store(true, Ordering::SeqCst);

    let wrong = clients.join_all().await.concat();
    assert!(wrong.is_empty(), "{} wrong: {}", wrong.len(), wrong[0]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_flood_of_unknown_api_keys_over_http_evicts_no_cached_key() {
    let store = Store::default();
    let keys = ApiKeys::new(store.clone())
        .cache_ttl(Duration::from_secs(600))
        .cache_entries(1000)
        .failure_limit(no_limit());
    let node = Node::start(keys).await;
    let mut known = Vec::new();
    for _ in 0..100 {
        known.push(node.create(NewApiKey::new("alice")).await);
    }
    for key in &known {
        assert_eq!(node.status(key).await, 200);
    }
    assert_eq!(store.finds(), 100);
    let elsewhere = ApiKeys::new(MemoryApiKeys::new());
    let mut flood = JoinSet::new();
    for _ in 0..20 {
        let mut connection = node.server.connect().await;
        let elsewhere = elsewhere.clone();
        flood.spawn(async move {
            for _ in 0..500 {
                let (_, key) = elsewhere.create(NewApiKey::new("eve")).await.unwrap();
                let key = key.reveal();
                let request =
                    format!("GET /any HTTP/1.1\r\nHost: test\r\nX-API-Key: {key}\r\n\r\n");
                connection.write(request.as_bytes()).await;
                assert_eq!(connection.read(false).await.unwrap().status, 401);
            }
        });
    }
    flood.join_all().await;
    assert_eq!(store.finds(), 10_100);
    for key in &known {
        assert_eq!(node.status(key).await, 200);
    }
    assert_eq!(store.finds(), 10_100);
}
