//! Redis loses keys: users are logged out, and never logged in.

use auth_runtime::session::SessionStore;

use super::{DURABLE, fresh, keys, sessions, with_sessions};
use crate::sessions::{ISSUER, add, digest, hex, kept, session, with_provider_session};

const ALL: [u16; 4] = [1, 2, 3, 4];

#[tokio::test]
async fn all_sessions_end_although_redis_lost_the_index() {
    for lost in ["all of it", "a part"] {
        let (store, server) = with_sessions(&[]).await;
        for index in keys(&server, "auth:session-index:") {
            if lost == "a part" {
                server.ask(&["ZPOPMAX", &index]);
            } else {
                server.ask(&["DEL", &index]);
            }
        }
        assert_eq!(kept(&store, &ALL).await, ALL);
        store.remove_all(ISSUER, Some("alice")).await.unwrap();
        assert_eq!(kept(&store, &ALL).await, [4], "{lost}");
        store.remove_all(ISSUER, None).await.unwrap();
        assert_eq!(kept(&store, &ALL).await, [0; 0], "{lost}");
        let now = store.now().await.unwrap();
        add(&store, &[session(5, "alice", now)]).await;
        assert_eq!(kept(&store, &[1, 2, 3, 4, 5]).await, [5], "{lost}");
    }
}

#[tokio::test]
async fn a_lost_index_in_redis_is_repaired_by_uses() {
    let (store, server) = with_sessions(&[]).await;
    for index in keys(&server, "auth:session-index:") {
        server.ask(&["DEL", &index]);
    }
    assert_eq!(store.list(ISSUER, "alice").await.unwrap(), []);
    assert!(store.record_use(&digest(1)).await.unwrap());
    assert!(store.renew(&digest(2), &digest(5), None).await.unwrap());
    let listed = store.list(ISSUER, "alice").await.unwrap();
    let mut digests: Vec<_> = listed.iter().map(|session| session.digest).collect();
    digests.sort_by_key(|digest| *digest.as_bytes());
    assert_eq!(digests, [digest(1), digest(5)]);
}

#[tokio::test]
async fn a_list_of_sessions_in_redis_skips_and_removes_those_that_are_gone() {
    let (store, server) = with_sessions(&[]).await;
    assert_eq!(
        server.ask(&["DEL", &format!("auth:session:{}", hex(1))]),
        "1"
    );
    store.remove_of_provider(ISSUER, "one").await.unwrap();
    let listed = store.list(ISSUER, "alice").await.unwrap();
    assert_eq!(listed.len(), 1);
    assert_eq!(listed[0].digest, digest(3));
    let entries: i64 = keys(&server, "auth:session-index:")
        .iter()
        .map(|index| server.ask(&["ZCARD", index]).parse::<i64>().unwrap())
        .sum();
    assert_eq!(entries, 2, "session 3 and that of bob");
}

#[tokio::test]
async fn a_session_whose_generation_redis_lost_never_comes_back() {
    let number_of_generations = 4;
    for lost in 0..number_of_generations {
        let (store, server) = with_sessions(&[]).await;
        let mut generations = keys(&server, "auth:session-generation:");
        generations.sort();
        assert_eq!(generations.len(), number_of_generations);
        server.ask(&["DEL", &generations[lost]]);
        let left = kept(&store, &ALL).await;
        assert!(left.len() < 4, "{left:?}");
        // New sessions of the same names get new generations.
        let now = store.now().await.unwrap();
        let new = [
            with_provider_session(session(5, "alice", now), "one"),
            session(6, "bob", now),
        ];
        add(&store, &new).await;
        assert_eq!(kept(&store, &ALL).await, left);
        assert_eq!(kept(&store, &[5, 6]).await, [5, 6]);
        for number in ALL {
            let is_left = left.contains(&number);
            assert_eq!(store.record_use(&digest(number)).await.unwrap(), is_left);
            let (old, new) = (digest(number), digest(number + 10));
            assert_eq!(store.renew(&old, &new, None).await.unwrap(), is_left);
        }
    }
}

#[tokio::test]
async fn a_redis_that_lost_all_data_has_no_sessions_and_takes_new_ones() {
    let (store, server) = with_sessions(&[]).await;
    server.ask(&["FLUSHALL"]);
    assert_eq!(kept(&store, &ALL).await, [0; 0]);
    assert_eq!(store.list(ISSUER, "alice").await.unwrap(), []);
    for number in ALL {
        assert!(!store.record_use(&digest(number)).await.unwrap());
        assert!(!store.remove(&digest(number)).await.unwrap());
    }
    let now = store.now().await.unwrap();
    add(&store, &[session(5, "alice", now)]).await;
    assert_eq!(kept(&store, &[1, 2, 3, 4, 5]).await, [5]);
}

/// A session with a copy of another generation, as after a restore of single keys.
#[tokio::test]
async fn a_restored_session_of_an_ended_generation_is_not_found() {
    let (store, server) = with_sessions(&[]).await;
    let copies: Vec<_> = keys(&server, "auth:session:")
        .into_iter()
        .map(|key| (format!("copy:{key}"), key))
        .collect();
    for (copy, key) in &copies {
        server.ask(&["COPY", key, copy]);
    }
    store.remove_all(ISSUER, Some("alice")).await.unwrap();
    let now = store.now().await.unwrap();
    add(&store, &[session(5, "alice", now)]).await;
    for (copy, key) in &copies {
        server.ask(&["COPY", copy, key, "REPLACE"]);
    }
    assert_eq!(kept(&store, &[1, 2, 3, 4, 5]).await, [4, 5]);
}

#[tokio::test]
async fn what_redis_confirmed_is_kept_when_it_is_killed() {
    let (store, mut server) = with_sessions(DURABLE).await;
    assert!(store.remove(&digest(1)).await.unwrap());
    store.remove_of_provider(ISSUER, "one").await.unwrap();
    assert!(
        store
            .renew(&digest(3), &digest(5), Some(&[1]))
            .await
            .unwrap()
    );
    server.kill();
    server.run().await;
    let all = [1, 2, 3, 4, 5];
    assert_eq!(kept(&store, &all).await, [4, 5]);
    store.remove_all(ISSUER, None).await.unwrap();
    server.kill();
    server.run().await;
    assert_eq!(kept(&sessions(&server), &all).await, [0; 0]);
}

#[tokio::test]
async fn a_redis_without_persistence_has_no_sessions_after_a_restart() {
    let (store, mut server) = with_sessions(&[]).await;
    server.kill();
    server.run().await;
    assert_eq!(kept(&store, &ALL).await, [0; 0]);
}

/// A server that evicts any key, and far more sessions than fit.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_redis_that_evicts_keys_logs_out_and_never_in() {
    let (store, server) = fresh().await;
    let now = store.now().await.unwrap();
    let used = server.ask(&["INFO", "memory"]);
    let used = used
        .lines()
        .find_map(|line| line.strip_prefix("used_memory:"));
    let used: u64 = used.unwrap().trim().parse().unwrap();
    let limit = (used + 500_000).to_string();
    server.ask(&["CONFIG", "SET", "maxmemory", &limit]);
    server.ask(&["CONFIG", "SET", "maxmemory-policy", "allkeys-lru"]);
    let all: Vec<_> = (0..3_000).collect();
    for number in &all {
        let subject = format!("user{}", number % 50);
        let mut session = with_provider_session(session(*number, &subject, now), "one");
        session.sealed = Some(vec![0; 500]);
        store.insert(&session, None).await.unwrap();
        if number % 10 == 9 {
            store.remove_all(ISSUER, Some(&subject)).await.unwrap();
        }
    }
    let evicted = server.ask(&["INFO", "stats"]);
    let evicted = evicted
        .lines()
        .find_map(|line| line.strip_prefix("evicted_keys:"));
    assert_ne!(evicted.unwrap().trim(), "0");
    let left = kept(&store, &all).await;
    assert!(left.iter().all(|number| number % 10 != 9), "{left:?}");
    store.remove_all(ISSUER, None).await.unwrap();
    assert_eq!(kept(&store, &left).await, [0; 0]);
    // With more memory, everything is kept again.
    server.ask(&["CONFIG", "SET", "maxmemory", "0"]);
    add(&store, &[session(5_000, "alice", now)]).await;
    assert_eq!(kept(&store, &[5_000]).await, [5_000]);
}
