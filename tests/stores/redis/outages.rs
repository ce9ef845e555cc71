//! Redis is down, hangs, or refuses: every operation returns an error in time.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, UNIX_EPOCH};

use auth_runtime::BoxError;
use auth_runtime::redis::RedisSessions;
use auth_runtime::session::SessionStore;
use auth_tests::clock::eventually;
use auth_tests::network::Network;
use auth_tests::redis_server::RedisServer;
use tokio::task::JoinSet;
use tokio::time::sleep;

use super::{DURABLE, sessions, with_sessions};
use crate::outage::{no_session_is_written, outage};
use crate::sessions::{DAY, ISSUER, add, digest, kept, session, stored};

const ALL: [u16; 4] = [1, 2, 3, 4];

/// The errors of all operations.
async fn nothing_is_answered(store: &RedisSessions) -> Vec<String> {
    let one = digest(1);
    let (now, found, listed, written) = tokio::join!(
        outage(store.now()),
        outage(store.find(&one)),
        outage(store.list(ISSUER, "alice")),
        Box::pin(no_session_is_written(store)),
    );
    [now, found, listed].into_iter().chain(written).collect()
}

#[tokio::test]
async fn a_killed_redis_is_an_outage_of_sessions_until_the_restart() {
    let (store, mut server) = with_sessions(DURABLE).await;
    server.kill();
    for complaint in nothing_is_answered(&store).await {
        assert!(complaint.starts_with("Redis 127.0.0.1:"), "{complaint}");
    }
    server.run().await;
    assert_eq!(kept(&store, &ALL).await, ALL);
    assert!(store.remove(&digest(1)).await.unwrap());
}

#[tokio::test]
async fn a_node_starts_while_the_redis_of_its_sessions_is_down() {
    let mut server = RedisServer::stopped(&[]);
    let store = sessions(&server);
    nothing_is_answered(&store).await;
    server.run().await;
    let now = store.now().await.unwrap();
    add(&store, &[session(1, "alice", now)]).await;
    assert_eq!(kept(&store, &[1]).await, [1]);
}

/// What was sent while it hung may be executed afterwards, but it never brings a removed session back.
#[tokio::test]
async fn a_hanging_redis_is_an_outage_of_sessions_until_it_answers() {
    let (store, server) = with_sessions(&[]).await;
    assert!(store.remove(&digest(1)).await.unwrap());
    server.pause();
    nothing_is_answered(&store).await;
    let mut many = JoinSet::new();
    for _ in 0..40 {
        let store = store.clone();
        many.spawn(async move { outage(store.find(&digest(3))).await });
    }
    many.join_all().await;
    server.go_on();
    eventually("an answer", async || store.now().await.is_ok()).await;
    assert_eq!(stored(&store, 1).await, None);
    store.remove_all(ISSUER, None).await.unwrap();
    assert_eq!(kept(&store, &ALL).await, [0; 0]);
}

#[tokio::test]
async fn a_closed_redis_connection_is_not_an_outage_of_sessions() {
    let (store, server) = with_sessions(&[]).await;
    for _ in 0..5 {
        server.ask(&["CLIENT", "KILL", "TYPE", "normal"]);
        assert!(store.record_use(&digest(1)).await.unwrap());
        server.ask(&["CLIENT", "KILL", "TYPE", "normal"]);
        assert_eq!(kept(&store, &ALL).await, ALL);
    }
}

/// Like a firewall that forgets connections: neither side is notified.
#[tokio::test]
async fn a_dead_redis_connection_of_sessions_is_replaced() {
    let server = RedisServer::start(&[]).await;
    let network = Network::before(server.port()).await;
    let url = format!("redis://127.0.0.1:{}", network.port());
    let store = RedisSessions::new(&url).unwrap();
    let now = store.now().await.unwrap();
    add(&store, &[session(1, "alice", now)]).await;
    network.lose_connections();
    // Within the time-out of one operation, unless the machine is busy.
    eventually("the session", async || store.find(&digest(1)).await.is_ok()).await;
    network.lose_connections();
    // It may have been executed, so it is not repeated. The next one is.
    let new = session(2, "alice", now);
    outage(store.insert(&new, None)).await;
    eventually("an insert", async || store.insert(&new, None).await.is_ok()).await;
    assert_eq!(kept(&store, &[1, 2]).await, [1, 2]);
}

#[test]
fn sessions_in_redis_outlive_the_first_runtime() {
    let runtime = || {
        let mut builder = tokio::runtime::Builder::new_current_thread();
        builder.enable_all().build().unwrap()
    };
    let first = runtime();
    let (store, _server) = first.block_on(with_sessions(&[]));
    drop(first);
    runtime().block_on(async {
        let now = store.now().await.unwrap();
        add(&store, &[session(5, "alice", now)]).await;
        assert_eq!(kept(&store, &[1, 2, 3, 4, 5]).await, [1, 2, 3, 4, 5]);
    });
}

#[tokio::test]
async fn a_full_redis_keeps_sessions_and_takes_no_new_ones() {
    let (store, server) = with_sessions(&["--maxmemory-policy", "noeviction"]).await;
    let now = store.now().await.unwrap();
    server.ask(&["CONFIG", "SET", "maxmemory", "1"]);
    let new = session(5, "alice", now);
    let complaint = outage(store.insert(&new, Some(&digest(1)))).await;
    assert!(complaint.contains("OOM"), "{complaint}");
    assert_eq!(kept(&store, &[1, 2, 3, 4, 5]).await, ALL);
    // Sessions can be ended.
    assert!(store.remove(&digest(1)).await.unwrap());
    store.remove_all(ISSUER, Some("bob")).await.unwrap();
    assert_eq!(kept(&store, &ALL).await, [2, 3]);
    server.ask(&["CONFIG", "SET", "maxmemory", "0"]);
    store.insert(&new, None).await.unwrap();
}

/// What the clients know of the server, which confirmed it.
#[derive(Default)]
struct Progress {
    rounds: AtomicUsize,
    errors: AtomicUsize,
    stop: AtomicBool,
}

impl Progress {
    fn count_error<T>(&self, answer: Result<T, BoxError>) -> Option<T> {
        if answer.is_err() {
            self.errors.fetch_add(1, Ordering::Relaxed);
        }
        answer.ok()
    }
}

/// Starts sessions, and ends every second one, until it is stopped. Returns those that were started, and those that
/// were ended.
async fn start_and_end_sessions(
    store: RedisSessions,
    first: u16,
    progress: Arc<Progress>,
) -> [Vec<u16>; 2] {
    let now = UNIX_EPOCH + 20_000 * DAY;
    let (mut started, mut ended) = (Vec::new(), Vec::new());
    for number in first..first + 10_000 {
        if progress.stop.load(Ordering::Relaxed) {
            break;
        }
        let subject = format!("user{number}");
        let mut session = session(number, &subject, now);
        session.ends_at = now + 30_000 * DAY;
        session.idle_timeout = 30_000 * DAY;
        let Some(()) = progress.count_error(store.insert(&session, None).await) else {
            continue;
        };
        if number % 2 == 0 {
            started.push(number);
        } else {
            let end = async || match number % 4 {
                1 => store.remove(&digest(number)).await.map(drop),
                _ => store.remove_all(ISSUER, Some(&subject)).await,
            };
            while progress.count_error(end().await).is_none() {}
            ended.push(number);
            let found = store.find(&digest(number)).await;
            assert_eq!(progress.count_error(found).flatten(), None, "{number}");
        }
        progress.rounds.fetch_add(1, Ordering::Relaxed);
        sleep(Duration::from_millis(1)).await;
    }
    [started, ended]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_redis_killed_under_load_keeps_what_it_confirmed() {
    let mut server = RedisServer::start(DURABLE).await;
    let progress = Arc::new(Progress::default());
    let mut clients = JoinSet::new();
    for client in 0..4 {
        let client = start_and_end_sessions(sessions(&server), client * 10_000, progress.clone());
        clients.spawn(client);
    }
    let more = async |counter: &AtomicUsize, number: usize| {
        let wanted = counter.load(Ordering::Relaxed) + number;
        eventually("more", async || counter.load(Ordering::Relaxed) >= wanted).await;
    };
    for _ in 0..3 {
        more(&progress.rounds, 100).await;
        server.kill();
        more(&progress.errors, 4).await;
        server.run().await;
    }
    more(&progress.rounds, 100).await;
    progress.stop.store(true, Ordering::Relaxed);
    let store = sessions(&server);
    for [started, ended] in clients.join_all().await {
        assert_eq!(kept(&store, &started).await, started);
        assert_eq!(kept(&store, &ended).await, [0; 0]);
    }
}
