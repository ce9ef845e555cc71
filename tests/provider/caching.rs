//! How long an answer says that its keys are good for.

use std::time::{Duration, Instant};

use futures_util::future::join_all;
use tokio::time::sleep;

use crate::key_server::{Answer, KEYS, KeyServer};
use crate::node::{Node, fresh, generation, on_demand, read_by_alice, trust};

const HOUR: Duration = Duration::from_secs(3600);

/// How often keys are fetched that come with this field, and in which time.
async fn fetches(
    cache_control: Option<&str>,
    every: Duration,
    [no_sooner_than, no_later_than]: [Duration; 2],
) -> (usize, Duration) {
    let issuer = generation("one");
    let mut answer = Answer::keys([&issuer]);
    if let Some(cache_control) = cache_control {
        answer = answer.header("Cache-Control", cache_control);
    }
    let begun = Instant::now();
    let server = KeyServer::with_keys(answer).await;
    let refresh = on_demand()
        .every(every)
        .no_sooner_than(no_sooner_than)
        .no_later_than(no_later_than);
    let node = Node::start(trust(&server, refresh)).await;
    node.expect(&fresh(&issuer), read_by_alice()).await;
    while begun.elapsed() < Duration::from_millis(2500) {
        sleep(Duration::from_millis(100)).await;
        node.expect(&fresh(&issuer), read_by_alice()).await;
    }
    (server.count(KEYS), begun.elapsed())
}

#[tokio::test]
async fn cache_control_is_honoured_within_bounds() {
    let short = Duration::from_millis(400);
    let second = Duration::from_secs(1);
    let cases = [
        // Nothing is said: `every`.
        (None, HOUR, [short, HOUR], HOUR),
        (None, short, [short, HOUR], short),
        (Some("public"), HOUR, [short, HOUR], HOUR),
        // `max-age` is kept to, whatever else is configured.
        (Some("max-age=1"), HOUR, [short, HOUR], second),
        (Some("public, max-age=3600"), short, [short, HOUR], HOUR),
        (Some("Max-Age=\"3600\""), short, [short, HOUR], HOUR),
        // Not more often than that, whatever is said.
        (Some("max-age=0"), HOUR, [HOUR, HOUR], HOUR),
        (Some("no-store"), HOUR, [HOUR, HOUR], HOUR),
        (Some("no-cache"), HOUR, [HOUR, HOUR], HOUR),
        (Some("max-age=0"), HOUR, [short, HOUR], short),
        // And not less often.
        (Some("max-age=31536000"), short, [short, short], short),
        (
            Some("max-age=99999999999999999999"),
            short,
            [short, short],
            short,
        ),
        // What can't be read is as good as over (RFC 9111 section 4.2.1).
        (Some("max-age=soon"), HOUR, [short, HOUR], short),
        (Some("max-age=-1"), HOUR, [short, HOUR], short),
    ];
    let all = cases.map(|(said, every, between, expected)| async move {
        let (fetched, lasted) = fetches(said, every, between).await;
        (said, every, expected, fetched, lasted)
    });
    for (said, every, expected, fetched, lasted) in join_all(all).await {
        let what = format!("{fetched} in {lasted:?} with {said:?} and every {every:?}");
        // Up to a tenth earlier; a busy machine may be late.
        let most = 2 + lasted.as_millis() / (expected.as_millis() * 9 / 10);
        if expected == HOUR {
            assert_eq!(fetched, 1, "{what}");
        } else {
            assert!(fetched >= 2 && fetched as u128 <= most, "{what}");
        }
    }
}
