//! Cache lifetimes that a key server sends.

use std::time::Duration;

use auth_tests::clock::{StoppedClock, eventually};

use crate::key_server::{Answer, KEYS, KeyServer};
use crate::node::{Node, fresh, generation, on_demand, read_by_alice, trust};

const FIVE_MINUTES: Duration = Duration::from_secs(5 * 60);
const TEN_MINUTES: Duration = Duration::from_secs(10 * 60);
const HOUR: Duration = Duration::from_secs(3600);

#[tokio::test(start_paused = true)]
async fn cache_control_of_the_key_server_is_honoured_within_bounds() {
    let clock = StoppedClock::start();
    let short = FIVE_MINUTES;
    for (said, every, [min_interval, max_interval], expected) in [
        // Nothing is said: `interval`.
        (None, HOUR, [short, HOUR], HOUR),
        (None, short, [short, HOUR], short),
        (Some("public"), HOUR, [short, HOUR], HOUR),
        // `max-age` is kept to, whatever else is configured.
        (Some("max-age=600"), HOUR, [short, HOUR], TEN_MINUTES),
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
    ] {
        let what = format!("{said:?} and every {every:?}: not after {expected:?}");
        let issuer = generation("one");
        let mut answer = Answer::keys([&issuer]);
        if let Some(said) = said {
            answer = answer.header("Cache-Control", said);
        }
        let server = KeyServer::with_keys(answer).await;
        let refresh = on_demand()
            .interval(every)
            .min_interval(min_interval)
            .max_interval(max_interval);
        let node = Node::start(trust(&server, refresh)).await;
        node.expect(&fresh(&issuer), read_by_alice()).await;

        // Up to a tenth earlier.
        let second = Duration::from_secs(1);
        clock
            .advance((expected * 9 / 10).saturating_sub(second))
            .await;
        node.expect(&fresh(&issuer), read_by_alice()).await;
        assert_eq!(server.count(KEYS), 1, "{what}");
        clock.advance(expected / 10 + second).await;
        eventually(&what, async || server.count(KEYS) == 2).await;
    }
}
