//! Jumps of the system clock affect the validity of tokens and not the age of keys.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use auth_runtime::Auth;
use auth_runtime::testing::{Issuer, Token};
use auth_tests::clock::StoppedClock;
use auth_tests::expected::invalid_token;

use super::key_server::{Answer, KEYS, KeyServer};
use super::{COOL_DOWN, Node, each, fresh, generation, on_demand, read_by_alice, reader, trust};

const DAY: i64 = 24 * 3600;

/// The system clock, shifted by this number of seconds.
#[derive(Clone, Default)]
struct Jumps(Arc<AtomicI64>);

impl Jumps {
    fn to(&self, seconds: i64) {
        self.0.store(seconds, Ordering::SeqCst);
    }

    fn now(&self) -> SystemTime {
        let jump = self.0.load(Ordering::SeqCst);
        let distance = Duration::from_secs(jump.unsigned_abs());
        if jump < 0 {
            SystemTime::now() - distance
        } else {
            SystemTime::now() + distance
        }
    }

    /// A token that is valid by this clock.
    fn reader(&self, issuer: &Issuer) -> Token {
        let now = self.now().duration_since(UNIX_EPOCH).unwrap().as_secs();
        reader(issuer).claim("iat", now).claim("exp", now + 300)
    }

    fn builder(&self) -> auth_runtime::AuthBuilder {
        let clock = self.clone();
        Auth::builder().clock(move || clock.now())
    }
}

#[tokio::test]
async fn a_jump_of_the_system_clock_does_not_expire_keys() {
    let issuer = generation("one");
    let mut server = KeyServer::with_keys(Answer::keys([&issuer])).await;
    let clock = Jumps::default();
    // The keys would expire after an hour if the clock counted.
    let refresh = on_demand().stale_for(Duration::from_secs(3600));
    let node = Node::start(clock.builder().bearer(trust(&server, refresh))).await;
    let of_today = fresh(&issuer);
    node.expect(&of_today, read_by_alice()).await;
    server.go_down().await;
    for days in [10, 3650, -10, -3650, 0] {
        clock.to(days * DAY);
        let of_then = clock.reader(&issuer).sign();
        node.expect(&of_then, read_by_alice()).await;
        node.expect(&of_then, read_by_alice()).await;
        match days {
            0 => node.expect(&of_today, read_by_alice()).await,
            1.. => {
                let expired = invalid_token("The access token expired");
                node.expect(&of_today, expired.clone()).await;
                node.expect(&fresh(&issuer), expired).await;
            }
            ..0 => {
                let early = invalid_token("The access token is not yet valid");
                node.expect(&of_today, early.clone()).await;
                node.expect(&fresh(&issuer), early).await;
            }
        }
    }
    assert_eq!(server.count(KEYS), 1);
}

#[tokio::test(start_paused = true)]
async fn key_rotation_continues_after_a_jump_of_the_system_clock() {
    let stopped = StoppedClock::start();
    let clock = Jumps::default();
    let mut last = generation("key 0");
    let server = KeyServer::with_keys(Answer::keys([&last])).await;
    let jwt = trust(&server, on_demand());
    let node = Node::start(clock.builder().bearer(jwt)).await;
    node.expect(&fresh(&last), read_by_alice()).await;
    for (number, days) in [(1, 400), (2, -400), (3, 0)] {
        let next = generation(&format!("key {number}"));
        server.answer(KEYS, Answer::keys([&next]));
        clock.to(days * DAY);
        stopped.advance(COOL_DOWN).await;
        node.expect(&clock.reader(&next).sign(), read_by_alice())
            .await;
        assert_eq!(node.status(&clock.reader(&last).sign()).await, 401);
        last = next;
    }
}

#[tokio::test]
async fn a_jump_of_the_system_clock_causes_no_key_fetches() {
    let issuer = generation("one");
    let server = KeyServer::with_keys(Answer::keys([&issuer])).await;
    let clock = Jumps::default();
    let jwt = trust(&server, each(Duration::from_secs(3600)));
    let node = Node::start(clock.builder().bearer(jwt)).await;
    node.expect(&fresh(&issuer), read_by_alice()).await;
    for days in [1, 1000, -1000, 5] {
        clock.to(days * DAY);
        for _ in 0..10 {
            node.expect(&clock.reader(&issuer).sign(), read_by_alice())
                .await;
        }
    }
    assert_eq!(server.count(KEYS), 1);
}
