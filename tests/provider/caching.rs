//! How long an answer says that its keys are good for.

use std::time::{Duration, Instant};

use tokio::time::sleep;

use crate::key_server::{Answer, KEYS, KeyServer};
use crate::node::{Node, fresh, generation, on_demand, read_by_alice, trust};

const HOUR: Duration = Duration::from_secs(3600);

/// How often keys are fetched in two seconds, if they come with this field.
async fn fetches(cache_control: Option<&str>, every: Duration, between: [Duration; 2]) -> usize {
    let issuer = generation("one");
    let mut answer = Answer::keys([&issuer]);
    if let Some(cache_control) = cache_control {
        answer = answer.header("Cache-Control", cache_control);
    }
    let server = KeyServer::with_keys(answer).await;
    let [no_sooner_than, no_later_than] = between;
    let refresh = on_demand()
        .every(every)
        .no_sooner_than(no_sooner_than)
        .no_later_than(no_later_than);
    let node = Node::start(trust(&server, refresh)).await;
    node.expect(&fresh(&issuer), read_by_alice()).await;
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_secs(2) {
        sleep(Duration::from_millis(100)).await;
        node.expect(&fresh(&issuer), read_by_alice()).await;
    }
    server.count(KEYS)
}

#[tokio::test]
async fn cache_control_is_honoured_within_bounds() {
    let short = Duration::from_millis(400);
    let cases = [
        // Nothing is said: `every`.
        (None, HOUR, [short, HOUR], 1..=1),
        (None, short, [short, HOUR], 3..=8),
        // `max-age` is kept to, whatever else is configured.
        (Some("max-age=1"), HOUR, [short, HOUR], 2..=4),
        (Some("public, max-age=3600"), short, [short, HOUR], 1..=1),
        (Some("Max-Age=\"3600\""), short, [short, HOUR], 1..=1),
        // Not more often than that, whatever is said.
        (Some("max-age=0"), HOUR, [HOUR, HOUR], 1..=1),
        (Some("no-store"), HOUR, [HOUR, HOUR], 1..=1),
        (Some("no-cache"), HOUR, [HOUR, HOUR], 1..=1),
        (Some("max-age=0"), HOUR, [short, HOUR], 3..=8),
        // And not less often.
        (Some("max-age=31536000"), HOUR, [short, short], 3..=8),
        (
            Some("max-age=99999999999999999999999"),
            HOUR,
            [short, short],
            3..=8,
        ),
        // What can't be read is as good as over (RFC 9111 section 4.2.1).
        (Some("max-age=soon"), HOUR, [short, HOUR], 3..=8),
        (Some("max-age=-1"), HOUR, [short, HOUR], 3..=8),
        (Some("public"), HOUR, [short, HOUR], 1..=1),
    ];
    let all = cases
        .into_iter()
        .map(|(said, every, between, expected)| async move {
            let fetched = fetches(said, every, between).await;
            (said, every, expected.contains(&fetched), fetched)
        });
    for (said, every, right, fetched) in futures_util::future::join_all(all).await {
        assert!(right, "{fetched} fetches with {said:?} and every {every:?}");
    }
}
