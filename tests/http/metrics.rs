//! The counters of the feature `metrics`: dashboards rely on their names and labels.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use auth_runtime::revocation::{MemoryRevocation, Revoked};
use auth_runtime::testing::Issuer;
use auth_runtime::{Auth, policy, require_auth};
use auth_tests::application::{AUDIENCE, ISSUER, build};
use auth_tests::client::Request;
use auth_tests::server::Server;
use axum::Router;
use axum::routing::get;
use metrics::{
    Counter, Gauge, Histogram, Key, KeyName, Metadata, Recorder, SharedString, Unit,
    set_default_local_recorder,
};

#[require_auth(scope = "read")]
async fn read() {}

/// Holds counters by their name and labels.
#[derive(Default)]
struct Counted {
    counters: Mutex<BTreeMap<String, Arc<AtomicU64>>>,
    described: Mutex<Vec<String>>,
}

impl Counted {
    fn all(&self) -> Vec<String> {
        let counters = self.counters.lock().unwrap();
        counters
            .iter()
            .map(|(name, count)| format!("{name} {}", count.load(Ordering::Relaxed)))
            .collect()
    }
}

impl Recorder for Counted {
    fn describe_counter(&self, key: KeyName, _: Option<Unit>, _: SharedString) {
        self.described.lock().unwrap().push(key.as_str().to_owned());
    }

    fn describe_gauge(&self, key: KeyName, _: Option<Unit>, _: SharedString) {
        panic!("{key:?} is not a counter");
    }

    fn describe_histogram(&self, key: KeyName, _: Option<Unit>, _: SharedString) {
        panic!("{key:?} is not a counter");
    }

    fn register_counter(&self, key: &Key, _: &Metadata<'_>) -> Counter {
        let labels: Vec<_> = key
            .labels()
            .map(|label| format!("{}={}", label.key(), label.value()))
            .collect();
        let name = format!("{}{{{}}}", key.name(), labels.join(","));
        let mut counters = self.counters.lock().unwrap();
        Counter::from_arc(Arc::clone(counters.entry(name).or_default()))
    }

    fn register_gauge(&self, key: &Key, _: &Metadata<'_>) -> Gauge {
        panic!("{key:?} is not a counter");
    }

    fn register_histogram(&self, key: &Key, _: &Metadata<'_>) -> Histogram {
        panic!("{key:?} is not a counter");
    }
}

// The recorder is this thread's, on which the server runs too.
#[tokio::test(flavor = "current_thread")]
async fn metrics_of_decisions_and_look_ups_have_stable_names() {
    let counted = Counted::default();
    let _recording = set_default_local_recorder(&counted);
    let issuer = Issuer::new(ISSUER, AUDIENCE);
    let list = MemoryRevocation::new();
    let auth = build(Auth::builder().bearer(issuer.jwt()).revocation(list));
    auth.revoke(Revoked::session(ISSUER, "one")).await.unwrap();
    let server = Server::start(Router::new().route("/", get(read)).layer(auth.layer())).await;
    let reader = issuer.token("alice").scope("read").sign();
    let other = issuer.token("alice").sign();
    let get = Request::get("/");
    for (request, status) in [
        (get.clone(), 401),
        (get.clone().bearer("nonsense"), 401),
        (get.clone().bearer(&other), 403),
        (get.clone().bearer(&reader), 200),
        (get.clone().bearer(&reader), 200),
        (get.bearer(&reader), 200),
    ] {
        assert_eq!(server.send(&request).await.status, status);
    }
    let policy = "policy=http::metrics::read";
    assert_eq!(
        counted.all(),
        [
            format!("auth_decisions_total{{{policy},outcome=allowed}} 3"),
            format!("auth_decisions_total{{{policy},outcome=denied,status=401}} 2"),
            format!("auth_decisions_total{{{policy},outcome=denied,status=403}} 1"),
            "auth_revocations_total{result=ok} 1".to_owned(),
            "auth_token_cache_lookups_total{result=hit} 2".to_owned(),
            "auth_token_cache_lookups_total{result=miss} 3".to_owned(),
        ]
    );
    assert_eq!(
        *counted.described.lock().unwrap(),
        [
            "auth_decisions_total",
            "auth_token_cache_lookups_total",
            "auth_key_fetches_total",
            "auth_introspections_total",
            "auth_session_uses_total",
            "auth_revocations_total",
        ]
    );
}

#[tokio::test(flavor = "current_thread")]
async fn decisions_of_authorize_are_counted_as_those_of_guards() {
    #[policy(scope = "read")]
    struct Readers;

    let counted = Counted::default();
    let _recording = set_default_local_recorder(&counted);
    let issuer = Issuer::new(ISSUER, AUDIENCE);
    let auth = build(Auth::builder().bearer(issuer.jwt()));
    let reader = issuer.token("alice").scope("read").sign();
    let other = issuer.token("alice").sign();
    for (token, allowed) in [(&reader, true), (&reader, true), (&other, false)] {
        let identity = auth.authenticate_token(token).await.unwrap();
        assert_eq!(auth.authorize::<Readers>(&identity).is_ok(), allowed);
    }
    let other = issuer.token("alice").identity();
    assert!(auth.authorize::<Readers>(&other).is_err());
    let decisions: Vec<_> = counted
        .all()
        .into_iter()
        .filter(|line| line.starts_with("auth_decisions_total"))
        .collect();
    let policy = "policy=http::metrics::Readers";
    assert_eq!(
        decisions,
        [
            format!("auth_decisions_total{{{policy},outcome=allowed}} 2"),
            format!("auth_decisions_total{{{policy},outcome=denied,status=401}} 1"),
            format!("auth_decisions_total{{{policy},outcome=denied,status=403}} 1"),
        ]
    );
}
