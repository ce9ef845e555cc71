//! The log of key fetches, and how often each event occurs.

use std::fmt::{self, Write as _};
use std::sync::OnceLock;

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::subscriber::{DefaultGuard, Interest};
use tracing::{Dispatch, Event, Metadata, Subscriber};

use super::*;

/// The events of this thread from now on, one a line.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<String>>>);

impl Log {
    fn start() -> (Self, DefaultGuard) {
        // With a single subscriber, `tracing` asks only the subscriber of the thread that first reaches an
        // event whether it is enabled. That may be the thread of another test, which has no subscriber.
        static SECOND: OnceLock<Dispatch> = OnceLock::new();
        SECOND.get_or_init(|| Dispatch::new(Self::default()));

        let log = Self::default();
        let guard = tracing::subscriber::set_default(log.clone());
        (log, guard)
    }

    fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

struct Line(String);

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        if field.name() == "message" {
            self.0.insert_str(0, &format!("{value:?} |"));
        } else {
            write!(self.0, " {}={value:?}", field.name()).unwrap();
        }
    }
}

impl Subscriber for Log {
    fn register_callsite(&self, _: &'static Metadata<'static>) -> Interest {
        Interest::sometimes()
    }

    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target() == "auth_runtime"
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut line = Line(String::new());
        event.record(&mut line);
        let line = format!("{} {}", event.metadata().level(), line.0);
        self.0.lock().unwrap().push(line);
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

#[tokio::test(start_paused = true)]
async fn each_key_fetch_is_logged_in_one_line() {
    let (log, _guard) = Log::start();
    let (a, b) = (TestKey::new("a"), TestKey::new("b"));
    let provider = Provider::with(&[&a, &b]);
    let keys = provider.keys_with(KeyRefresh::new().interval(Duration::from_secs(100)));
    keys.ready().await;
    let [line] = log.take().try_into().unwrap();
    let seconds = line.strip_prefix(
        "DEBUG keys fetched | issuer=https://issuer.example keys=2 next_refresh_seconds=",
    );
    let seconds: u64 = seconds.unwrap().parse().unwrap();
    assert!((89..=100).contains(&seconds));

    provider.publish(&[&b]);
    pass(10).await;
    keys.refresh().await.unwrap();
    let lines = log.take();
    assert_eq!(lines.len(), 2);
    assert_eq!(
        lines[1],
        "INFO key taken away | issuer=https://issuer.example key=\"key 1 (kid \\\"a\\\")\""
    );

    provider.goes_down();
    pass(10).await;
    for _ in 0..1_000 {
        assert!(keys.refresh().await.is_err());
    }
    let [line] = log.take().try_into().unwrap();
    let seconds = line.strip_prefix(
        "WARN keys could not be fetched | issuer=https://issuer.example \
         error=\"https://issuer.example/keys: connection refused\" usable_for_seconds=",
    );
    let seconds: u64 = seconds.unwrap().parse().unwrap();
    assert!((3_689..=3_690).contains(&seconds), "{seconds}");
}

#[tokio::test(start_paused = true)]
async fn each_skipped_key_is_logged_once() {
    let (log, _guard) = Log::start();
    let good = TestKey::new("good");
    let mut exposed = TestKey::new("exposed").jwk();
    exposed["d"] = json!("AAAA");
    let odd = json!({ "kty": "XYZ", "kid": "odd\n2026 ERROR" });
    let provider = Provider::default();
    let publish = |keys: &[&Value]| {
        provider.put(KEYS, Page::new(set(keys.iter().map(|key| (*key).clone()))));
    };
    publish(&[&good.jwk(), &exposed, &odd]);
    let keys = provider.keys();
    keys.ready().await;
    let lines = log.take();
    assert_eq!(lines.len(), 3);
    assert!(lines[1].starts_with("ERROR key skipped | issuer=\"https://issuer.example\""));
    assert!(lines[1].contains("kid \\\"exposed\\\""), "{}", lines[1]);
    assert!(lines[2].starts_with("WARN key skipped |"));
    assert!(!lines.concat().contains('\n'));

    pass(1_000).await;
    assert!(
        log.take()
            .iter()
            .all(|line| line.starts_with("DEBUG keys fetched"))
    );
    // A key that comes back is logged again.
    publish(&[&good.jwk()]);
    pass(10).await;
    keys.refresh().await.unwrap();
    publish(&[&good.jwk(), &odd]);
    pass(10).await;
    keys.refresh().await.unwrap();
    let said = log.take();
    let skipped = said
        .iter()
        .filter(|line| line.contains("key skipped"))
        .count();
    assert_eq!(skipped, 1, "{said:?}");
}

#[tokio::test(start_paused = true)]
async fn a_jwk_set_full_of_invalid_keys_is_logged_in_eight_lines() {
    let (log, _guard) = Log::start();
    let odd = (0..999).map(|number| json!({ "kty": "XYZ", "kid": number.to_string() }));
    let provider = Provider::default();
    let page = Page::new(set(odd.chain([TestKey::new("good").jwk()])));
    provider.put(KEYS, page);
    provider.keys().ready().await;
    assert_eq!(log.take().len(), 1 + 8);
}
