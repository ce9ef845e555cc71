//! Keys that change while tokens are in use.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use auth_runtime::testing::Issuer;
use auth_tests::clock::{StoppedClock, eventually};
use auth_tests::expected::invalid_token;
use auth_tests::logs::Capture;
use serde_json::json;
use tokio::sync::RwLock;
use tokio::task::JoinSet;
use tracing::Level;

use super::floods::Unknown;
use super::key_server::{Answer, KEYS, KeyServer, key_of};
use super::{
    COOL_DOWN, each, fetched_once, fresh, generation, on_demand, read_by_alice, reader, start_node,
    trust, unknown_key,
};

/// The responses to the clients of a test.
#[derive(Default)]
struct Seen {
    let_in: AtomicUsize,
    wrong: Mutex<Vec<String>>,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn key_rotation_with_overlap_under_load_refuses_no_valid_token() {
    const ROTATIONS: usize = 8;
    let generations: Vec<_> = (0..=ROTATIONS)
        .map(|n| generation(&format!("key {n}")))
        .collect();
    let server = KeyServer::with_keys(Answer::keys(&generations[..1])).await;
    let node = start_node(trust(&server, each(Duration::from_millis(100)))).await;
    node.expect(&fresh(&generations[0]), read_by_alice()).await;

    // The issuer signs with this one.
    let signs = Arc::new(RwLock::new(generations[0].clone()));
    let stop = Arc::new(AtomicBool::new(false));
    let seen = Arc::new(Seen::default());
    let mut clients = JoinSet::new();
    for client in 0..8 {
        let (signs, stop, seen) = (Arc::clone(&signs), Arc::clone(&stop), Arc::clone(&seen));
        let mut connection = node.connect().await;
        clients.spawn(async move {
            while !stop.load(Ordering::SeqCst) {
                // Locked as long as the token is in use.
                let issuer = signs.read().await;
                let token = fresh(&issuer);
                for _ in 0..3 {
                    match connection.status(&token).await {
                        200 => _ = seen.let_in.fetch_add(1, Ordering::Relaxed),
                        status => seen
                            .wrong
                            .lock()
                            .unwrap()
                            .push(format!("{client}: {status} for {token}")),
                    }
                }
            }
        });
    }
    let publish = async |keys: &[Issuer]| {
        server.answer(KEYS, Answer::keys(keys));
        // When a second fetch begins, the first one that saw these keys has ended.
        let fetches = server.count(KEYS);
        eventually("the keys are known", async || {
            server.count(KEYS) >= fetches + 2
        })
        .await;
    };
    for pair in generations.windows(2) {
        // Published, used, and the old one taken away.
        publish(pair).await;
        // When this returns no token of the old key is in use.
        *signs.write().await = pair[1].clone();
        publish(&pair[1..]).await;
        // Clients that get no response in between would not notice the rotation.
        let let_in = seen.let_in.load(Ordering::Relaxed);
        eventually("the new key is in use", async || {
            seen.let_in.load(Ordering::Relaxed) > let_in + 50
        })
        .await;
    }
    stop.store(true, Ordering::SeqCst);
    clients.join_all().await;
    let wrong = std::mem::take(&mut *seen.wrong.lock().unwrap());
    assert!(wrong.is_empty(), "{} wrong, {:?}", wrong.len(), &wrong[0]);
    eventually("the key before the last is removed", async || {
        node.status(&fresh(&generations[ROTATIONS - 1])).await == 401
    })
    .await;
    node.expect(&fresh(&generations[0]), unknown_key()).await;
}

#[tokio::test(start_paused = true)]
async fn key_rotation_without_overlap_accepts_new_tokens_and_refuses_old_ones_at_once() {
    let clock = StoppedClock::start();
    let (old, new) = (generation("old"), generation("new"));
    let server = KeyServer::with_keys(Answer::keys([&old])).await;
    let node = start_node(trust(&server, on_demand())).await;
    let seen_before = fresh(&old);
    node.expect(&seen_before, read_by_alice()).await;
    clock.advance(COOL_DOWN).await;
    server.answer(KEYS, Answer::keys([&new]));
    // The node does not know it yet.
    node.expect(&seen_before, read_by_alice()).await;
    assert_eq!(server.count(KEYS), 1);

    node.expect(&fresh(&new), read_by_alice()).await;
    assert_eq!(server.count(KEYS), 2);
    // At once, and without another fetch during the cool-down.
    node.expect(&seen_before, unknown_key()).await;
    node.expect(&fresh(&old), unknown_key()).await;
    assert_eq!(server.count(KEYS), 2);
    node.expect(&fresh(&new), read_by_alice()).await;
}

/// Row B8. Development providers give new keys an old `kid` when they are restarted.
#[tokio::test(start_paused = true)]
async fn b8_new_keys_under_a_known_kid_cause_one_fetch_in_five_minutes() {
    let clock = StoppedClock::start();
    let generations: Vec<_> = (0..3).map(|_| generation("the same")).collect();
    let server = KeyServer::with_keys(Answer::keys(&generations[..1])).await;
    let node = start_node(trust(&server, on_demand())).await;
    let seen_before = fresh(&generations[0]);
    node.expect(&seen_before, read_by_alice()).await;

    server.answer(KEYS, Answer::keys(&generations[1..2]));
    node.expect(&fresh(&generations[1]), read_by_alice()).await;
    assert_eq!(server.count(KEYS), 2);
    let forged = || invalid_token("The access token signature is invalid");
    node.expect(&seen_before, forged()).await;

    server.answer(KEYS, Answer::keys(&generations[2..]));
    for _ in 0..10 {
        node.expect(&fresh(&generations[2]), forged()).await;
    }
    assert_eq!(server.count(KEYS), 2);
    clock.advance(Duration::from_secs(5 * 60)).await;
    node.expect(&fresh(&generations[2]), read_by_alice()).await;
    assert_eq!(server.count(KEYS), 3);
}

/// Row B8. The keys cannot be fetched, but the answer is still 401 and not 503.
#[tokio::test(start_paused = true)]
async fn b8_a_wrong_signature_is_401_while_the_issuer_is_down() {
    let (known, forged) = (generation("the same"), generation("the same"));
    let server = KeyServer::with_keys(Answer::keys([&known])).await;
    let node = start_node(trust(&server, on_demand())).await;
    node.expect(&fresh(&known), read_by_alice()).await;
    server.answer(KEYS, Answer::text("").status(500));
    let refused = invalid_token("The access token signature is invalid");
    node.expect(&fresh(&forged), refused).await;
    assert_eq!(server.count(KEYS), 2);
    node.expect(&fresh(&known), read_by_alice()).await;
}

/// Row B9, at the worst moment: each rotation comes right after a fetch caused by a made-up `kid`.
#[tokio::test(start_paused = true)]
async fn b9_tokens_of_a_new_key_never_get_401_during_a_flood_of_made_up_kids() {
    const ROTATIONS: usize = 5;
    const REQUESTS: usize = 10;
    let clock = StoppedClock::start();
    let generations: Vec<_> = (0..=ROTATIONS)
        .map(|n| generation(&format!("key {n}")))
        .collect();
    let server = KeyServer::with_keys(Answer::keys(&generations[..1])).await;
    let node = start_node(trust(&server, on_demand())).await;
    node.expect(&fresh(&generations[0]), read_by_alice()).await;
    let unknown = Unknown::of(&generations[0]);
    let mut answers = BTreeMap::<u16, usize>::new();
    for pair in generations.windows(2) {
        clock.advance(COOL_DOWN).await;
        node.expect(&unknown.token(), unknown_key()).await;
        server.answer(KEYS, Answer::keys(pair));
        let token = fresh(&pair[1]);
        for _ in 0..REQUESTS {
            assert_eq!(node.status(&unknown.token()).await, 503);
            *answers.entry(node.status(&token).await).or_default() += 1;
        }
        clock.advance(COOL_DOWN).await;
        *answers.entry(node.status(&token).await).or_default() += 1;
    }
    let expected = BTreeMap::from([(200, ROTATIONS), (503, ROTATIONS * REQUESTS)]);
    assert_eq!(answers, expected);
}

#[tokio::test(start_paused = true)]
async fn a_new_key_is_fetched_even_if_a_key_without_a_kid_exists() {
    let clock = StoppedClock::start();
    let (old, new) = (generation("old"), generation("new"));
    let mut nameless = key_of(&old);
    nameless.as_object_mut().unwrap().remove("kid");
    let server = KeyServer::with_keys(Answer::json(&json!({ "keys": [nameless] }))).await;
    let node = start_node(trust(&server, on_demand())).await;
    // The token may be signed by the key without a `kid`.
    node.expect(&fresh(&old), read_by_alice()).await;
    clock.advance(COOL_DOWN).await;
    let both = json!({ "keys": [nameless, key_of(&new)] });
    server.answer(KEYS, Answer::json(&both));
    node.expect(&fresh(&new), read_by_alice()).await;
    assert_eq!(server.count(KEYS), 2);
    let other = fresh(&generation("other"));
    assert_eq!(node.status(&other).await, 503);
    clock.advance(COOL_DOWN).await;
    node.expect(&other, unknown_key()).await;
    assert_eq!(server.count(KEYS), 3);
}

/// Row B9 in a cool-down: `Retry-After` is the rest of it.
#[tokio::test]
async fn b9_an_unknown_kid_is_503_until_a_fetch_completes() {
    let one = generation("one");
    let server = KeyServer::with_keys(Answer::keys([&one])).await;
    let node = start_node(trust(&server, fetched_once())).await;
    node.expect(&fresh(&one), read_by_alice()).await;
    let strange = generation("strange");
    for token in [
        fresh(&strange),
        reader(&strange).without_header("kid").sign(),
        Unknown::of(&one).token(),
    ] {
        for _ in 0..2 {
            let answer = node.send(&token).await;
            assert_eq!(answer.status, 503, "{answer:?}");
            assert!(answer.one("www-authenticate").is_none(), "{answer:?}");
            let seconds: u64 = answer.one("retry-after").unwrap().parse().unwrap();
            assert!((3000..=3600).contains(&seconds), "{seconds}");
        }
    }
    assert_eq!(server.count(KEYS), 1);
}

#[tokio::test]
async fn an_unknown_kid_during_the_cool_down_is_logged_at_info_level() {
    let one = generation("one");
    let server = KeyServer::with_keys(Answer::keys([&one])).await;
    let node = start_node(trust(&server, fetched_once())).await;
    node.expect(&fresh(&one), read_by_alice()).await;
    let capture = Capture::start();
    let unknown = Unknown::of(&one);
    // The event is limited to one per second for the whole process, so it may need several requests.
    eventually("it is logged", async || {
        assert_eq!(node.status(&unknown.token()).await, 503);
        let mut events = capture.take_runtime_events();
        events.retain(|event| {
            event
                .field("error")
                .is_some_and(|error| error.contains("too recent to fetch them again"))
        });
        for event in events.iter() {
            assert_eq!(event.level, Level::INFO);
            assert_eq!(event.message(), "a credential could not be verified");
        }
        !events.is_empty()
    })
    .await;
}
