//! Remote keys against an issuer in memory, in paused time.

mod discovery;
mod document;
mod fetching;
mod lifecycle;
mod logging;
mod replaced_keys;
mod schedule;
mod staleness;
mod unknown_keys;

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use http::{Request, Response};
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use super::*;
use crate::box_error::BoxError;
use crate::fetch::{Fetch, PlainHttp};
use crate::keys::key_set::SignatureError;
use crate::keys::signing::KeySigner;

const ISSUER: &str = "https://issuer.example";
const KEYS: &str = "https://issuer.example/keys";

/// An issuer and its pages; it answers 404 for an address without a page.
#[derive(Clone, Default)]
struct Provider(Arc<Site>);

#[derive(Default)]
struct Site {
    pages: Mutex<HashMap<String, Page>>,
    requests: Mutex<Vec<(String, Instant)>>,
}

#[derive(Clone)]
struct Page {
    status: u16,
    headers: Vec<(&'static str, String)>,
    body: Vec<u8>,
    takes: Duration,
    behavior: Behavior,
}

#[derive(Clone, Copy, PartialEq)]
enum Behavior {
    Answer,
    Error,
    Hang,
    Panic,
    PanicWhenDropped,
}

struct PanicOnDrop;

impl Drop for PanicOnDrop {
    fn drop(&mut self) {
        assert!(std::thread::panicking(), "as requested by the page");
    }
}

impl Page {
    fn new(body: impl Into<Vec<u8>>) -> Self {
        Self {
            status: 200,
            headers: Vec::new(),
            body: body.into(),
            takes: Duration::ZERO,
            behavior: Behavior::Answer,
        }
    }

    fn status(status: u16) -> Self {
        Self {
            status,
            ..Self::new("")
        }
    }

    fn with_behavior(behavior: Behavior) -> Self {
        Self {
            behavior,
            ..Self::new("")
        }
    }

    fn header(mut self, name: &'static str, value: &str) -> Self {
        self.headers.push((name, value.to_owned()));
        self
    }

    fn takes(self, seconds: u64) -> Self {
        Self {
            takes: Duration::from_secs(seconds),
            ..self
        }
    }
}

impl Provider {
    /// With these keys at [`KEYS`].
    fn with(keys: &[&TestKey]) -> Self {
        let provider = Self::default();
        provider.publish(keys);
        provider
    }

    fn publish(&self, keys: &[&TestKey]) {
        self.put(KEYS, Page::new(set(keys.iter().map(|key| key.jwk()))));
    }

    fn put(&self, url: &str, page: Page) {
        self.0.pages.lock().unwrap().insert(url.to_owned(), page);
    }

    /// From now on it can't be reached.
    fn goes_down(&self) {
        self.put(KEYS, Page::with_behavior(Behavior::Error));
    }

    fn request_count(&self) -> usize {
        self.0.requests.lock().unwrap().len()
    }

    fn addresses(&self) -> Vec<String> {
        let requests = self.0.requests.lock().unwrap();
        requests
            .iter()
            .map(|(address, _)| address.clone())
            .collect()
    }

    /// The seconds from one request to the next.
    fn pauses(&self) -> Vec<f64> {
        let requests = self.0.requests.lock().unwrap();
        let pairs = requests.windows(2);
        pairs
            .map(|pair| (pair[1].1 - pair[0].1).as_secs_f64())
            .collect()
    }

    fn clear_requests(&self) {
        self.0.requests.lock().unwrap().clear();
    }

    /// Keys that are fetched from [`KEYS`].
    fn keys(&self) -> RemoteKeys {
        self.keys_with(KeyRefresh::new())
    }

    fn keys_with(&self, refresh: KeyRefresh) -> RemoteKeys {
        let origin = JwksLocation::key_set(KEYS, PlainHttp::Loopback).unwrap();
        self.start(origin, refresh, None)
    }

    fn discovered(&self, issuer: &str) -> RemoteKeys {
        let origin = JwksLocation::metadata(issuer, PlainHttp::Loopback).unwrap();
        self.start(origin, KeyRefresh::new(), None)
    }

    fn start(
        &self,
        origin: JwksLocation,
        refresh: KeyRefresh,
        algorithms: Option<Vec<Algorithm>>,
    ) -> RemoteKeys {
        assert_eq!(refresh.faults(), [""; 0]);
        RemoteKeys::start(RemoteSettings {
            issuer: ISSUER.to_owned(),
            origin,
            client: Client::new(self.clone()),
            refresh,
            algorithms,
        })
    }
}

impl Fetch for Provider {
    async fn fetch(
        &self,
        request: Request<Vec<u8>>,
        _: usize,
    ) -> Result<Response<Vec<u8>>, BoxError> {
        let address = request.uri().to_string();
        let request = (address.clone(), Instant::now());
        self.0.requests.lock().unwrap().push(request);
        let page = self.0.pages.lock().unwrap().get(&address).cloned();
        let page = page.unwrap_or_else(|| Page::status(404));
        sleep(page.takes).await;
        match page.behavior {
            Behavior::Answer => {}
            Behavior::Error => return Err("connection refused".into()),
            Behavior::Hang => std::future::pending().await,
            Behavior::Panic => panic!("as requested by the page"),
            Behavior::PanicWhenDropped => {
                let _bomb = PanicOnDrop;
                std::future::pending::<()>().await;
            }
        }
        let mut response = Response::builder().status(page.status);
        for (name, value) in page.headers {
            response = response.header(name, value);
        }
        Ok(response.body(page.body)?)
    }
}

/// A P-256 key with a `kid`, or without.
struct TestKey {
    id: Option<&'static str>,
    key: KeySigner,
}

const INPUT: &[u8] = b"header.payload";

impl TestKey {
    fn new(id: &'static str) -> Self {
        Self {
            id: Some(id),
            ..Self::nameless()
        }
    }

    fn nameless() -> Self {
        Self {
            id: None,
            key: KeySigner::generate().unwrap(),
        }
    }

    fn jwk(&self) -> Value {
        let mut jwk = self.key.public_jwk().unwrap();
        if let Some(id) = self.id {
            jwk["kid"] = json!(id);
        }
        jwk
    }

    /// Verifies a token that this key signed with `keys`; `None` if there are none.
    fn verify_with(&self, keys: &RemoteKeys) -> Option<Result<(), SignatureError>> {
        let signature = self.key.sign(Algorithm::ES256, INPUT).unwrap();
        let current = keys.current()?;
        Some(
            current
                .set
                .verify(self.id, Algorithm::ES256, INPUT, &signature),
        )
    }

    fn is_accepted(&self, keys: &RemoteKeys) -> bool {
        self.verify_with(keys) == Some(Ok(()))
    }
}

fn set(keys: impl IntoIterator<Item = Value>) -> String {
    json!({ "keys": keys.into_iter().collect::<Vec<_>>() }).to_string()
}

async fn pass(seconds: u64) {
    sleep(Duration::from_secs(seconds)).await;
}

/// Lets the task run until it waits for time to pass.
async fn settle() {
    sleep(Duration::from_millis(1)).await;
}

fn reason(outcome: Result<(), KeysUnavailable>) -> String {
    outcome.unwrap_err().source.to_string()
}
