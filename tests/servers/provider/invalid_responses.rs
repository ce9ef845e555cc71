//! Invalid key responses (row I3): the known keys are kept; without any it is an outage.

use std::time::Duration;

use auth_tests::clock::{StoppedClock, eventually};
use serde_json::json;

use super::key_server::{Answer, KEYS, KeyServer, MEGABYTE};
use super::{
    COOL_DOWN, TIMEOUT, fresh, generation, on_demand, read_by_alice, start_node, trust, unavailable,
};

const HUNDRED_MEGABYTES: u64 = 100 * MEGABYTE;

/// Responses with a description. `elsewhere` is another origin, with valid keys.
#[allow(clippy::too_many_lines, reason = "a table is as long as it has lines")]
fn bad_answers(elsewhere: &KeyServer) -> Vec<(&'static str, Answer)> {
    let good = Answer::keys([&generation("one")]);
    let to = |location: &str| Answer::redirect(location);
    vec![
        ("nothing", Answer::text("")),
        ("garbage", Answer::text("\u{0}\u{1}garbage")),
        ("no UTF-8", Answer::text(vec![0xff, 0xfe, b'{', b'}'])),
        (
            "a page",
            Answer::text("<html>Sign in</html>").header("Content-Type", "text/html"),
        ),
        ("a string", Answer::json(&json!("keys"))),
        ("an array", Answer::json(&json!([]))),
        (
            "no member `keys`",
            Answer::json(&json!({ "error": "try later" })),
        ),
        (
            "keys that are an object",
            Answer::json(&json!({ "keys": {} })),
        ),
        ("keys that are null", Answer::json(&json!({ "keys": null }))),
        ("zero keys", Answer::json(&json!({ "keys": [] }))),
        (
            "no key that is one",
            Answer::json(&json!({ "keys": [1, "two", null, {}, []] })),
        ),
        (
            "no key that is of use",
            Answer::json(&json!({ "keys": [{ "kty": "XYZ", "kid": "one" }] })),
        ),
        ("brackets", Answer::text("[".repeat(100_000))),
        ("two documents", Answer::text(r#"{"keys":[]}{"keys":[]}"#)),
        (
            "a compressed answer",
            Answer::text(b"\x1f\x8b\x08\0".to_vec()).header("Content-Encoding", "gzip"),
        ),
        ("204", Answer::text("").status(204)),
        ("304", Answer::text("").status(304)),
        ("400", good.clone().status(400)),
        ("401", good.clone().status(401)),
        ("403", good.clone().status(403)),
        ("404", good.clone().status(404)),
        ("429", good.clone().status(429).header("Retry-After", "0")),
        ("500", good.clone().status(500)),
        ("503", good.clone().status(503)),
        ("another origin", to(&elsewhere.url(KEYS))),
        (
            "another origin, permanently",
            to(&elsewhere.url(KEYS)).status(308),
        ),
        ("another scheme", to("file:///etc/passwd")),
        ("another scheme and host", to("https://127.0.0.1:1/jwks")),
        (
            "another host by a relative reference",
            to(elsewhere.url(KEYS).trim_start_matches("http:")),
        ),
        ("a redirect to itself", to(KEYS)),
        ("a redirect to nowhere", Answer::text("").status(302)),
        ("a redirect to what is not there", to("/no-such-path")),
        (
            "a redirect with a body",
            good.clone().status(302).header("Location", KEYS),
        ),
        ("a long answer in chunks", Answer::long(HUNDRED_MEGABYTES)),
        (
            "a long answer",
            Answer::long_declared(HUNDRED_MEGABYTES, HUNDRED_MEGABYTES),
        ),
        (
            "a long answer that claims to be short",
            Answer::long_declared(HUNDRED_MEGABYTES, 100),
        ),
        (
            "a short answer that claims to be long",
            good.clone().declared(1 << 60),
        ),
        (
            "a short answer that claims to be longer than numbers",
            Answer::raw("HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999999999\r\n\r\n{}"),
        ),
        (
            "an answer that is cut short",
            good.clone().declared(100_000),
        ),
        (
            "chunks that are cut short",
            Answer::raw("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nff\r\n{\"keys\":["),
        ),
        (
            "a size that is none",
            Answer::raw("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nwide\r\n"),
        ),
        ("no HTTP", Answer::raw("220 smtp.example ESMTP\r\n")),
        (
            "a head without end",
            Answer::raw(format!("HTTP/1.1 200 OK\r\nX: {}", "x".repeat(1_000_000))),
        ),
        ("the end of the connection", Answer::hang_up()),
    ]
}

#[tokio::test(start_paused = true)]
async fn i3_an_invalid_key_response_is_an_outage_and_keeps_the_known_keys() {
    let elsewhere = KeyServer::with_keys(Answer::keys([&generation("elsewhere")])).await;
    let clock = StoppedClock::start();
    for (what, answer) in bad_answers(&elsewhere) {
        survives(&clock, what, answer).await;
    }
    assert_eq!(elsewhere.connections(), 0);
}

/// Asserts the responses of the API from the start, after valid keys were fetched, and after the outage.
async fn survives(clock: &StoppedClock, what: &str, answer: Answer) {
    let issuer = generation("one");
    let next = generation("two");
    let server = KeyServer::with_keys(answer.clone()).await;
    let node = start_node(trust(&server, on_demand())).await;
    assert_eq!(node.status(&fresh(&issuer)).await, 503, "{what}");
    server.answer(KEYS, Answer::keys([&issuer]));
    clock.advance(COOL_DOWN).await;
    assert_eq!(node.status(&fresh(&issuer)).await, 200, "{what}: recovered");

    server.answer(KEYS, answer);
    clock.advance(COOL_DOWN).await;
    assert_eq!(node.status(&fresh(&next)).await, 503, "{what}: a new key");
    node.expect(&fresh(&next), unavailable()).await;
    node.expect(&fresh(&issuer), read_by_alice()).await;

    server.answer(KEYS, Answer::keys([&issuer, &next]));
    clock.advance(COOL_DOWN).await;
    assert_eq!(node.status(&fresh(&next)).await, 200, "{what}: again");
    node.expect(&fresh(&issuer), read_by_alice()).await;

    // No fetch read more than the limit, and what socket buffers hold.
    let fetches = u64::try_from(server.count_all()).unwrap();
    let written = server.written();
    assert!(
        written <= fetches * 2 * MEGABYTE,
        "{what}: {written} bytes in {fetches} fetches"
    );
}

#[tokio::test(start_paused = true)]
async fn i3_a_key_response_sent_byte_by_byte_times_out() {
    let clock = StoppedClock::start();
    let issuer = generation("one");
    let keys = Answer::keys([&issuer]);
    let slow = keys.clone().drip(Duration::from_secs(1));
    let server = KeyServer::with_keys(slow).await;
    let node = start_node(trust(&server, on_demand())).await;
    let bytes = async {
        let half = TIMEOUT.as_secs() / 2;
        for byte in 1..=half {
            eventually("a byte", async || server.written() == byte).await;
            clock.advance(Duration::from_secs(1)).await;
        }
        clock.advance(TIMEOUT / 2).await;
    };
    let token = fresh(&issuer);
    tokio::join!(node.expect(&token, unavailable()), bytes);
    server.answer(KEYS, keys);
    clock.advance(COOL_DOWN).await;
    node.expect(&token, read_by_alice()).await;
}

#[tokio::test]
async fn a_key_response_may_be_as_long_as_configured() {
    // More than a kilobyte, which is the smallest limit that can be configured.
    let issuers: Vec<_> = (0..10)
        .map(|number| generation(&format!("key {number}")))
        .collect();
    let answer = Answer::keys(&issuers);
    let length = answer.length();
    for (longest, status) in [(length, 200), (length - 1, 503)] {
        for answer in [answer.clone(), answer.clone().chunked()] {
            let server = KeyServer::with_keys(answer).await;
            let refresh = on_demand().longest_answer(longest);
            let node = start_node(trust(&server, refresh)).await;
            assert_eq!(node.status(&fresh(&issuers[9])).await, status, "{longest}");
        }
    }
}

#[tokio::test]
async fn a_jwk_set_may_hold_many_keys() {
    let issuers: Vec<_> = (0..500)
        .map(|number| generation(&format!("key {number}")))
        .collect();
    let server = KeyServer::with_keys(Answer::keys(&issuers)).await;
    let node = start_node(trust(&server, on_demand())).await;
    for issuer in [&issuers[0], &issuers[499]] {
        node.expect(&fresh(issuer), read_by_alice()).await;
    }
    assert_eq!(node.auth.status().issuers[0].keys, 500);
}
