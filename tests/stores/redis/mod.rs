//! Sessions in Redis. Each test starts its own server.

mod access;
mod losses;
mod outages;

use auth_runtime::redis::RedisSessions;
use auth_runtime::session::SessionStore;
use auth_tests::redis_server::RedisServer;

use crate::sessions::session_store;

/// Nothing is lost when it is killed.
const DURABLE: &[&str] = &["--appendonly", "yes", "--appendfsync", "always"];

async fn fresh() -> (RedisSessions, RedisServer) {
    let server = RedisServer::start(&[]).await;
    (sessions(&server), server)
}

session_store!(fresh);

fn sessions(server: &RedisServer) -> RedisSessions {
    RedisSessions::new(&server.url()).unwrap()
}

/// The keys that begin with this.
fn keys(server: &RedisServer, beginning: &str) -> Vec<String> {
    let keys = server.ask(&["KEYS", &format!("{beginning}*")]);
    keys.split_whitespace().map(str::to_owned).collect()
}

/// The time to live of the only key that begins with this, in milliseconds.
fn time_to_live(server: &RedisServer, beginning: &str) -> i64 {
    let keys = keys(server, beginning);
    assert_eq!(keys.len(), 1, "{keys:?}");
    server.ask(&["PTTL", &keys[0]]).parse().unwrap()
}

/// A server with sessions 1 to 3 of alice and 4 of bob.
async fn with_sessions(options: &[&str]) -> (RedisSessions, RedisServer) {
    use crate::sessions::{add, session, with_provider_session};

    let server = RedisServer::start(options).await;
    let store = sessions(&server);
    let now = store.now().await.unwrap();
    let mut sessions = [1, 2, 3, 4].map(|number| {
        let subject = if number < 4 { "alice" } else { "bob" };
        session(number, subject, now)
    });
    sessions[1] = with_provider_session(sessions[1].clone(), "one");
    add(&store, &sessions).await;
    (store, server)
}
