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
use crate::keys::signing::SigningKey;

const ISSUER: &str = "https://issuer.example";
const KEYS: &str = "https://issuer.example/keys";

/// An issuer and what it answers; what it has no page for is 404.
#[derive(Clone, Default)]
struct Provider(Arc<Site>);

#[derive(Default)]
struct Site {
    pages: Mutex<HashMap<String, Page>>,
    asked: Mutex<Vec<(String, Instant)>>,
}

#[derive(Clone)]
struct Page {
    status: u16,
    headers: Vec<(&'static str, String)>,
    body: Vec<u8>,
    takes: Duration,
    what: What,
}

#[derive(Clone, Copy, PartialEq)]
enum What {
    Answer,
    Error,
    Hang,
    Panic,
    PanicWhenDropped,
}

struct Bomb;

impl Drop for Bomb {
    fn drop(&mut self) {
        assert!(std::thread::panicking(), "as the page asked for");
    }
}

impl Page {
    fn new(body: impl Into<Vec<u8>>) -> Self {
        Self {
            status: 200,
            headers: Vec::new(),
            body: body.into(),
            takes: Duration::ZERO,
            what: What::Answer,
        }
    }

    fn status(status: u16) -> Self {
        Self {
            status,
            ..Self::new("")
        }
    }

    fn that(what: What) -> Self {
        Self {
            what,
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
        self.put(KEYS, Page::that(What::Error));
    }

    fn asked(&self) -> usize {
        self.0.asked.lock().unwrap().len()
    }

    fn addresses(&self) -> Vec<String> {
        let asked = self.0.asked.lock().unwrap();
        asked.iter().map(|(address, _)| address.clone()).collect()
    }

    /// The seconds from one question to the next.
    fn pauses(&self) -> Vec<f64> {
        let asked = self.0.asked.lock().unwrap();
        let pairs = asked.windows(2);
        pairs
            .map(|pair| (pair[1].1 - pair[0].1).as_secs_f64())
            .collect()
    }

    fn forget_questions(&self) {
        self.0.asked.lock().unwrap().clear();
    }

    /// Nothing is published at an address but what is put there.
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
        let question = (address.clone(), Instant::now());
        self.0.asked.lock().unwrap().push(question);
        let page = self.0.pages.lock().unwrap().get(&address).cloned();
        let page = page.unwrap_or_else(|| Page::status(404));
        sleep(page.takes).await;
        match page.what {
            What::Answer => {}
            What::Error => return Err("connection refused".into()),
            What::Hang => std::future::pending().await,
            What::Panic => panic!("as the page asked for"),
            What::PanicWhenDropped => {
                let _bomb = Bomb;
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
    key: SigningKey,
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
            key: SigningKey::generate().unwrap(),
        }
    }

    fn jwk(&self) -> Value {
        let mut jwk = self.key.public_jwk().unwrap();
        if let Some(id) = self.id {
            jwk["kid"] = json!(id);
        }
        jwk
    }

    /// What these keys say of a token that this one signed; `None` if there are none.
    fn judged_by(&self, keys: &RemoteKeys) -> Option<Result<(), SignatureError>> {
        let signature = self.key.sign(Algorithm::ES256, INPUT).unwrap();
        let current = keys.current()?;
        Some(
            current
                .set
                .verify(self.id, Algorithm::ES256, INPUT, &signature),
        )
    }

    fn is_good(&self, keys: &RemoteKeys) -> bool {
        self.judged_by(keys) == Some(Ok(()))
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
