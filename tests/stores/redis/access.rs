//! Keys, times to live, and permissions of the Redis user.

use auth_runtime::redis::RedisSessions;
use auth_runtime::session::SessionStore;
use auth_tests::redis_server::RedisServer;

use super::{fresh, keys, sessions, time_to_live, with_sessions};
use crate::outage::outage;
use crate::sessions::{
    DAY, HOUR, ISSUER, MINUTE, add, digest, kept, session, stored, with_provider_session,
};

/// As documented at `RedisSessions`.
const USER: &str = "ACL SETUSER api on >password ~auth:session* \
                    +eval +time +get +set +mget +hget +hmget +hset +hdel +del +rename +pttl +pexpireat \
                    +zadd +zrem +zrange +zremrangebyscore +select +client";

fn milliseconds(duration: std::time::Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap()
}

/// Whether a time to live is this one, less the time since it was set.
fn is_about(time_to_live: i64, expected: std::time::Duration) -> bool {
    let expected = milliseconds(expected);
    // Only a test that hangs takes this long.
    (expected - milliseconds(10 * MINUTE)..=expected).contains(&time_to_live)
}

#[tokio::test]
async fn the_documented_redis_user_may_run_every_session_command() {
    let documentation = include_str!("../../../auth-runtime/src/redis/sessions/mod.rs");
    let documentation = documentation.replace("///", "");
    let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words(&documentation).contains(&words(USER)));

    let server = RedisServer::start(&[]).await;
    let command: Vec<_> = USER.split_whitespace().collect();
    assert_eq!(server.ask(&command), "OK");
    // No other user may do anything.
    assert_eq!(server.ask(&["ACL", "SETUSER", "default", "off"]), "OK");
    let url = format!("redis://api:password@127.0.0.1:{}/0", server.port());
    let store = RedisSessions::new(&url).unwrap();
    let now = store.now().await.unwrap();
    let mut sealed = with_provider_session(session(1, "alice", now), "one");
    sealed.sealed = Some(vec![1]);
    add(&store, &[sealed, session(2, "alice", now)]).await;
    store
        .insert(&session(3, "alice", now), Some(&digest(2)))
        .await
        .unwrap();
    assert!(store.record_use(&digest(1)).await.unwrap());
    assert!(
        store
            .renew(&digest(1), &digest(4), Some(&[2]))
            .await
            .unwrap()
    );
    assert!(store.renew(&digest(4), &digest(5), None).await.unwrap());
    assert_eq!(store.list(ISSUER, "alice").await.unwrap().len(), 2);
    assert!(store.remove(&digest(3)).await.unwrap());
    store.remove_of_provider(ISSUER, "one").await.unwrap();
    assert_eq!(store.list(ISSUER, "alice").await.unwrap(), []);
    store.remove_all(ISSUER, Some("alice")).await.unwrap();
    store.remove_all(ISSUER, None).await.unwrap();
    store.remove_expired().await.unwrap();
}

#[tokio::test]
async fn a_wrong_redis_password_is_an_outage_of_sessions_and_is_never_shown() {
    let server = RedisServer::start(&["--requirepass", "the right one"]).await;
    let url = format!("redis://api:hunter2@127.0.0.1:{}/0", server.port());
    let store = RedisSessions::builder(&url).prefix("shop").build().unwrap();
    let builder = RedisSessions::builder(&url);
    let error = store.find(&digest(1)).await.unwrap_err();
    let shown = format!("{error} {error:?} {store:?} {builder:?}");
    assert!(shown.contains("Password authentication failed"), "{shown}");
    assert!(shown.contains("shop:session"), "{shown}");
    for secret in ["hunter2", "the right one", "api:"] {
        assert!(!shown.contains(secret), "{secret} in {shown}");
    }
}

#[tokio::test]
async fn sessions_in_redis_with_another_prefix_are_other_sessions() {
    let (store, server) = fresh().await;
    let other = RedisSessions::builder(&server.url())
        .prefix("shop")
        .build()
        .unwrap();
    let now = store.now().await.unwrap();
    add(&store, &[session(1, "alice", now)]).await;
    assert_eq!(kept(&other, &[1]).await, [0; 0]);
    add(&other, &[session(1, "alice", now)]).await;
    other.remove_all(ISSUER, Some("alice")).await.unwrap();
    assert_eq!(kept(&store, &[1]).await, [1]);
    assert_eq!(
        keys(&server, "").len(),
        keys(&server, "auth:session").len() + 1
    );
}

#[tokio::test]
async fn no_name_and_no_identifier_of_a_session_is_in_a_redis_key() {
    let (_store, server) = with_sessions(&[]).await;
    for key in keys(&server, "") {
        let hash = key.rsplit_once(':').unwrap().1;
        assert_eq!(hash.len(), 64, "{key}");
        assert!(hash.bytes().all(|byte| byte.is_ascii_hexdigit()), "{key}");
        assert!(key.starts_with("auth:session"), "{key}");
    }
}

#[tokio::test]
async fn a_session_in_redis_lives_until_it_times_out_and_its_generations_live_longer() {
    let (store, server) = fresh().await;
    let now = store.now().await.unwrap();
    let one = with_provider_session(session(1, "alice", now), "one");
    add(&store, &[one]).await;
    assert!(is_about(
        time_to_live(&server, "auth:session:"),
        31 * MINUTE
    ));
    assert!(is_about(
        time_to_live(&server, "auth:session-index:"),
        12 * HOUR
    ));
    let generations = keys(&server, "auth:session-generation:");
    assert_eq!(generations.len(), 3);
    let live_for = |days: u32| {
        for key in &generations {
            let left: i64 = server.ask(&["PTTL", key]).parse().unwrap();
            assert!(left > milliseconds(days * DAY), "{left}");
        }
    };
    live_for(0);
    let mut longer = with_provider_session(session(2, "alice", now), "one");
    longer.ends_at = now + 30 * DAY;
    add(&store, &[longer]).await;
    live_for(29);
    // A shorter one does not shorten them.
    let shorter = with_provider_session(session(3, "alice", now), "one");
    add(&store, &[shorter]).await;
    live_for(29);
    assert!(is_about(
        time_to_live(&server, "auth:session-index:"),
        30 * DAY
    ));
}

/// On day 20 of 30, after six of seven days without a use.
#[tokio::test]
async fn a_use_of_a_session_in_redis_extends_its_life_to_its_end_at_most() {
    let (store, server) = fresh().await;
    let now = store.now().await.unwrap();
    let mut long = session(1, "alice", now - 20 * DAY);
    long.idle_timeout = 7 * DAY;
    long.ends_at = now + 10 * DAY;
    long.last_seen_at = now - 6 * DAY;
    add(&store, &[long.clone()]).await;
    let left = || time_to_live(&server, "auth:session:");
    assert!(is_about(left(), DAY + MINUTE));
    assert!(store.record_use(&digest(1)).await.unwrap());
    assert!(is_about(left(), 7 * DAY + MINUTE));
    assert!(store.renew(&digest(1), &digest(2), None).await.unwrap());
    assert!(is_about(left(), 7 * DAY + MINUTE));
    assert!(store.remove(&digest(2)).await.unwrap());
    // Five days before its end.
    long.ends_at = now + 5 * DAY;
    add(&store, &[long]).await;
    assert!(store.record_use(&digest(1)).await.unwrap());
    assert!(is_about(left(), 5 * DAY));
}

#[tokio::test]
async fn a_session_that_has_timed_out_is_deleted_by_redis() {
    let (store, server) = fresh().await;
    let now = store.now().await.unwrap();
    let mut short = session(1, "alice", now);
    short.ends_at = now + std::time::Duration::from_millis(20);
    add(&store, &[short]).await;
    auth_tests::clock::eventually("the end", async || stored(&store, 1).await.is_none()).await;
    assert!(!store.record_use(&digest(1)).await.unwrap());
    assert!(!store.renew(&digest(1), &digest(2), None).await.unwrap());
    assert_eq!(store.list(ISSUER, "alice").await.unwrap(), []);
    assert_eq!(keys(&server, "auth:session:"), [""; 0]);
    assert_eq!(keys(&server, "auth:session-index:"), [""; 0]);
}

/// Logins that are not followed by a logout, for example those of a machine.
#[tokio::test]
async fn the_index_of_a_subject_in_redis_does_not_keep_ended_sessions() {
    let (store, server) = fresh().await;
    let now = store.now().await.unwrap();
    add(&store, &[session(1, "alice", now)]).await;
    let index = keys(&server, "auth:session-index:").remove(0);
    for member in ["a", "b"] {
        server.ask(&["ZADD", &index, "1000", member]);
    }
    add(&store, &[session(2, "alice", now)]).await;
    assert_eq!(server.ask(&["ZCARD", &index]), "2");
}

#[tokio::test]
async fn a_value_in_redis_that_is_not_a_session_is_an_outage() {
    let (store, server) = with_sessions(&[]).await;
    for key in keys(&server, "auth:session:") {
        server.ask(&["HSET", &key, "data", "{\"issuer\":\"hunter2\""]);
    }
    for complaint in [
        outage(store.find(&digest(1))).await,
        outage(store.list(ISSUER, "alice")).await,
    ] {
        assert!(complaint.contains("can't be read"), "{complaint}");
        assert!(!complaint.contains("hunter2"), "{complaint}");
    }
    for key in keys(&server, "auth:session:") {
        server.ask(&["DEL", &key]);
        server.ask(&["SET", &key, "something else"]);
    }
    let complaint = outage(store.find(&digest(1))).await;
    assert!(complaint.contains("wrong kind"), "{complaint}");
}

#[test]
fn sessions_in_redis_need_a_runtime() {
    use futures_util::FutureExt;

    let store = RedisSessions::new("redis://:secret@127.0.0.1").unwrap();
    let error = store.find(&digest(1)).now_or_never().unwrap().unwrap_err();
    assert_eq!(
        error.to_string(),
        "Redis 127.0.0.1:6379: it needs a Tokio runtime"
    );
}

#[tokio::test]
async fn two_nodes_with_one_redis_have_the_same_sessions() {
    let (here, server) = with_sessions(&[]).await;
    let there = sessions(&server);
    assert_eq!(kept(&there, &[1, 2, 3, 4]).await, [1, 2, 3, 4]);
    there.remove_all(ISSUER, Some("alice")).await.unwrap();
    assert_eq!(kept(&here, &[1, 2, 3, 4]).await, [4]);
}
