//! A key server that is down or slow (rows I1 and I2).

use std::time::{Duration, Instant};

use auth_runtime::testing::Issuer;
use auth_runtime::{Auth, KeyRefresh};
use auth_tests::client::Request;
use auth_tests::expected::{Expected, invalid_token, refused};
use auth_tests::logs::Capture;
use tokio::time::sleep;
use tracing::Level;

use crate::key_server::{Answer, KEYS, KeyServer};
use crate::node::{
    AUDIENCE, COOL_DOWN, Node, each, eventually, fresh, generation, on_demand, read_by_alice,
    trust, unavailable, unknown_key,
};

#[tokio::test]
async fn i2_without_keys_from_the_start_a_token_is_neither_let_in_nor_refused() {
    let issuer = generation("one");
    let server = KeyServer::down();
    let node = Node::start(trust(&server, on_demand())).await;
    for _ in 0..3 {
        node.expect(&fresh(&issuer), unavailable()).await;
    }
    // What needs no key is answered as ever.
    let anonymous = node.server.send(&Request::get("/read")).await;
    let challenge = r#"Bearer realm="api", scope="read""#;
    let expected = refused(401).challenge(challenge);
    Expected::from(expected).compare(&anonymous).unwrap();
    node.expect("nonsense", invalid_token("The access token is malformed"))
        .await;
    let strange = Issuer::new("https://strange.example", AUDIENCE);
    let untrusted = "The access token issuer is not trusted";
    node.expect(&fresh(&strange), invalid_token(untrusted))
        .await;
}

#[tokio::test]
async fn keys_that_were_missing_at_the_start_come_without_a_request() {
    let issuer = generation("one");
    let mut server = KeyServer::down();
    server.answer(KEYS, Answer::keys([&issuer]));
    let node = Node::start(trust(&server, on_demand())).await;
    node.expect(&fresh(&issuer), unavailable()).await;
    assert!(!node.auth.is_ready());
    let status = &node.auth.status().issuers[0];
    assert_eq!((status.keys, status.usable), (0, false));
    assert!(status.last_error.is_some());

    server.come_back();
    node.auth.ready().await;
    node.expect(&fresh(&issuer), read_by_alice()).await;
    assert_eq!(server.count(KEYS), 1);
    let status = &node.auth.status().issuers[0];
    assert_eq!((status.keys, status.usable), (1, true));
    assert_eq!(status.last_error, None);

    // What was ready stays so.
    server.go_down().await;
    sleep(COOL_DOWN).await;
    node.expect(&fresh(&generation("two")), unavailable()).await;
    assert!(node.auth.is_ready());
    let status = &node.auth.status().issuers[0];
    assert_eq!((status.keys, status.usable), (1, true));
    assert!(status.last_error.is_some());
}

#[tokio::test]
async fn a_node_that_is_ready_has_its_keys_before_the_first_request() {
    let issuer = generation("one");
    let keys = Answer::keys([&issuer]).after(Duration::from_millis(300));
    let server = KeyServer::with_keys(keys).await;
    let node = Node::start(trust(&server, on_demand())).await;
    assert!(!node.auth.is_ready());
    node.auth.ready().await;
    assert!(node.auth.is_ready());
    assert_eq!(server.count(KEYS), 1);
    server.answer(KEYS, Answer::hang_up());
    node.expect(&fresh(&issuer), read_by_alice()).await;
    assert_eq!(server.count(KEYS), 1);
}

#[tokio::test]
async fn i1_keys_outlast_a_short_outage() {
    let issuer = generation("one");
    let mut server = KeyServer::with_keys(Answer::keys([&issuer])).await;
    let node = Node::start(trust(&server, each(Duration::from_millis(200)))).await;
    let seen_before = fresh(&issuer);
    node.expect(&seen_before, read_by_alice()).await;
    server.go_down().await;
    // Longer than the keys are fresh.
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_secs(1) {
        node.expect(&seen_before, read_by_alice()).await;
        node.expect(&fresh(&issuer), read_by_alice()).await;
        sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test]
async fn i2_keys_do_not_outlast_a_long_outage() {
    let issuer = generation("one");
    let mut server = KeyServer::with_keys(Answer::keys([&issuer])).await;
    let refresh = each(Duration::from_millis(200)).stale_for(Duration::from_secs(2));
    let node = Node::start(trust(&server, refresh)).await;
    let seen_before = fresh(&issuer);
    node.expect(&seen_before, read_by_alice()).await;
    server.go_down().await;
    sleep(Duration::from_millis(2500)).await;
    // Whether the key that signed it is still there, nobody can tell either.
    node.expect(&seen_before, unavailable()).await;
    node.expect(&fresh(&issuer), unavailable()).await;
    server.come_back();
    eventually("it recovers by itself", async || {
        node.status(&fresh(&issuer)).await == 200
    })
    .await;
    node.expect(&seen_before, read_by_alice()).await;
}

#[tokio::test]
async fn i2_while_the_server_is_down_an_unknown_key_may_be_a_new_one() {
    let issuer = generation("one");
    let mut server = KeyServer::with_keys(Answer::keys([&issuer])).await;
    let node = Node::start(trust(&server, on_demand())).await;
    node.expect(&fresh(&issuer), read_by_alice()).await;
    server.go_down().await;
    sleep(COOL_DOWN).await;
    let next = generation("two");
    for _ in 0..3 {
        node.expect(&fresh(&next), unavailable()).await;
        node.expect(&fresh(&issuer), read_by_alice()).await;
    }
    server.come_back();
    eventually("it is told again that there is no such key", async || {
        node.status(&fresh(&next)).await == 401
    })
    .await;
    node.expect(&fresh(&next), unknown_key()).await;
    node.expect(&fresh(&issuer), read_by_alice()).await;
}

/// Longer than the requests take that are sent while a fetch hangs.
fn patient(refresh: KeyRefresh) -> KeyRefresh {
    refresh.timeout(Duration::from_secs(30))
}

#[tokio::test]
async fn known_keys_never_wait_for_a_fetch() {
    let issuer = generation("one");
    let server = KeyServer::with_keys(Answer::keys([&issuer])).await;
    let node = Node::start(trust(&server, patient(on_demand()))).await;
    let seen_before = fresh(&issuer);
    node.expect(&seen_before, read_by_alice()).await;
    sleep(COOL_DOWN).await;

    let half_a_minute = Duration::from_secs(30);
    server.answer(KEYS, Answer::keys([&issuer]).after(half_a_minute));
    let known = async {
        eventually("a fetch hangs", async || server.count(KEYS) == 2).await;
        for _ in 0..100 {
            node.expect(&seen_before, read_by_alice()).await;
            node.expect(&fresh(&issuer), read_by_alice()).await;
        }
    };
    let unknown = fresh(&generation("two"));
    tokio::select! {
        status = node.status(&unknown) => panic!("{status}, and the fetch hangs"),
        () = known => {}
    }
    assert_eq!(server.count(KEYS), 2);
}

#[tokio::test]
async fn a_fetch_that_hangs_in_the_background_is_not_noticed() {
    let issuer = generation("one");
    let server = KeyServer::with_keys(Answer::keys([&issuer])).await;
    let refresh = patient(each(Duration::from_millis(200)));
    let node = Node::start(trust(&server, refresh)).await;
    let seen_before = fresh(&issuer);
    node.expect(&seen_before, read_by_alice()).await;
    server.answer(KEYS, Answer::keys([&issuer]).after(Duration::from_secs(30)));
    let asked = server.count(KEYS);
    eventually("a fetch hangs", async || server.count(KEYS) > asked).await;
    let hanging = server.count(KEYS);
    for _ in 0..100 {
        node.expect(&seen_before, read_by_alice()).await;
        node.expect(&fresh(&issuer), read_by_alice()).await;
    }
    // All of that happened during the one fetch.
    assert_eq!(server.count(KEYS), hanging);
}

#[tokio::test]
async fn a_slow_start_is_waited_for_until_the_time_is_out() {
    let issuer = generation("one");
    let keys = Answer::keys([&issuer]);
    let slow = KeyServer::with_keys(keys.clone().after(Duration::from_millis(500))).await;
    let node = Node::start(trust(&slow, on_demand())).await;
    node.expect(&fresh(&issuer), read_by_alice()).await;
    assert_eq!(slow.count(KEYS), 1);

    let slower = KeyServer::with_keys(keys.after(Duration::from_secs(30))).await;
    let refresh = on_demand().timeout(Duration::from_millis(500));
    let node = Node::start(trust(&slower, refresh)).await;
    let begun = Instant::now();
    node.expect(&fresh(&issuer), unavailable()).await;
    assert!(begun.elapsed() < Duration::from_secs(5));
}

#[tokio::test]
async fn a_client_that_goes_away_takes_no_fetch_with_it() {
    let (old, new) = (generation("old"), generation("new"));
    let server = KeyServer::with_keys(Answer::keys([&old])).await;
    let node = Node::start(trust(&server, on_demand())).await;
    node.expect(&fresh(&old), read_by_alice()).await;
    sleep(COOL_DOWN).await;
    let slow = Duration::from_millis(500);
    server.answer(KEYS, Answer::keys([&old, &new]).after(slow));
    let token = fresh(&new);
    tokio::select! {
        status = node.status(&token) => panic!("{status} before it was fetched"),
        () = eventually("it is fetched", async || server.count(KEYS) == 2) => {}
    }
    // The first one has hung up; the next one waits for the same fetch.
    node.expect(&token, read_by_alice()).await;
    assert_eq!(server.count(KEYS), 2);
}

#[tokio::test]
async fn nothing_is_fetched_for_an_auth_that_is_gone() {
    let interval = Duration::from_millis(100);
    let issuer = generation("one");
    let server = KeyServer::with_keys(Answer::keys([&issuer])).await;
    let refresh = each(interval);
    let auth = Auth::builder().bearer(trust(&server, refresh));
    let auth = auth.build().unwrap();
    eventually("it is fetched again", async || server.count(KEYS) > 2).await;
    drop(auth);
    // One may be under way.
    sleep(interval).await;
    let fetched = server.count(KEYS);
    sleep(5 * interval).await;
    assert_eq!(server.count(KEYS), fetched);
}

#[tokio::test]
async fn an_outage_does_not_flood_the_log_and_no_token_is_in_it() {
    let log = Capture::start();
    let begun = Instant::now();
    let issuer = generation("one");
    let server = KeyServer::down();
    let node = Node::start(trust(&server, on_demand())).await;
    let token = fresh(&issuer);
    let mut client = node.connect().await;
    for _ in 0..20 {
        let statuses = client.statuses(&[&token; 50]).await;
        assert_eq!(statuses, [503; 50]);
    }
    let events = log.take_ours();
    let (_, signature) = token.rsplit_once('.').unwrap();
    let said = format!("{events:?}");
    assert!(!said.contains(signature), "{said}");
    let loud: Vec<_> = events
        .iter()
        .filter(|event| event.level <= Level::WARN)
        .collect();
    assert!(!loud.is_empty());
    // One about requests each second, one about each fetch.
    let lasted = begun.elapsed();
    let most = 4 + u128::from(lasted.as_secs()) + lasted.as_millis() / COOL_DOWN.as_millis();
    assert!(loud.len() as u128 <= most, "{} in {lasted:?}", loud.len());
}
