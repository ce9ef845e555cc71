//! Opaque tokens and an authorization server whose responses a test chooses. Time is paused: it
//! advances when all tasks wait, or when a test advances it.

mod caching;
mod client_addresses;
mod load;
mod responses;
mod token_kinds;

use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use http::{Request, Response, StatusCode};
use tokio::sync::Semaphore;

use super::Introspection;
use crate::authenticator::{
    AuthenticationError, Authenticator, CredentialCache, CredentialRequest, IntrospectionStatus,
};
use crate::bearer::{Bearer, Jwt, JwtVerifier, TokenCache};
use crate::box_error::BoxError;
use crate::fetch::{Client, Clients, Fetch};
use crate::identity::Identity;
use crate::revocation::RevocationList;
use crate::scheme::Scheme;
use crate::token_fault::TokenFault;

const NOW: u64 = 1_700_000_000;
const TOKEN: &str = "a-token-of-alice";

/// The response of the server for a token: a status, header fields, a text.
type Answer = (u16, Vec<(&'static str, &'static str)>, String);

type Answers = Box<dyn Fn(&str) -> Answer + Send>;

/// Clones share one server.
#[derive(Clone)]
struct Server(Arc<State>);

struct State {
    answer: Mutex<Answers>,
    asked: Mutex<Vec<String>>,
    under_way: AtomicUsize,
    most_under_way: AtomicUsize,
    down: AtomicBool,
    panics: AtomicBool,
    /// Whether requests wait to be released.
    holds: AtomicBool,
    go: Semaphore,
    takes: Mutex<Duration>,
}

impl Server {
    fn saying(answer: impl Fn(&str) -> Answer + Send + 'static) -> Self {
        Self(Arc::new(State {
            answer: Mutex::new(Box::new(answer)),
            asked: Mutex::default(),
            under_way: AtomicUsize::new(0),
            most_under_way: AtomicUsize::new(0),
            down: AtomicBool::new(false),
            panics: AtomicBool::new(false),
            holds: AtomicBool::new(false),
            go: Semaphore::new(0),
            takes: Mutex::default(),
        }))
    }

    /// A server for which tokens that begin with `a-token-of-` are active.
    fn new() -> Self {
        Self::saying(|token| match token.strip_prefix("a-token-of-") {
            Some(subject) => ok(format!(
                r#"{{"active":true,"sub":"{subject}","aud":"api","scope":"read","exp":{}}}"#,
                NOW + 3600
            )),
            None => ok(r#"{"active":false}"#),
        })
    }

    fn says(&self, answer: impl Fn(&str) -> Answer + Send + 'static) {
        *self.0.answer.lock().unwrap() = Box::new(answer);
    }

    fn asked(&self) -> usize {
        self.0.asked.lock().unwrap().len()
    }

    fn most_under_way(&self) -> usize {
        self.0.most_under_way.load(Ordering::SeqCst)
    }

    fn hold(&self) {
        self.0.holds.store(true, Ordering::SeqCst);
    }

    fn release(&self) {
        self.0.holds.store(false, Ordering::SeqCst);
        self.0.go.add_permits(1_000);
    }

    async fn until_under_way(&self, questions: usize) {
        for _ in 0..10_000 {
            if self.0.under_way.load(Ordering::SeqCst) >= questions {
                return;
            }
            tokio::task::yield_now().await;
        }
        panic!("the server gets no request");
    }
}

impl Fetch for Server {
    async fn fetch(
        &self,
        request: Request<Vec<u8>>,
        limit: usize,
    ) -> Result<Response<Vec<u8>>, BoxError> {
        struct Leave<'a>(&'a AtomicUsize);
        impl Drop for Leave<'_> {
            fn drop(&mut self) {
                self.0.fetch_sub(1, Ordering::SeqCst);
            }
        }
        assert_eq!(limit, 64 * 1024);
        let form = form_urlencoded::parse(request.body());
        let (_, token) = form.into_owned().next().expect("a token");
        let state = &self.0;
        state.asked.lock().unwrap().push(token.clone());
        let under_way = state.under_way.fetch_add(1, Ordering::SeqCst) + 1;
        let _leave = Leave(&state.under_way);
        state.most_under_way.fetch_max(under_way, Ordering::SeqCst);
        let takes = *state.takes.lock().unwrap();
        tokio::time::sleep(takes).await;
        if state.holds.load(Ordering::SeqCst) {
            state.go.acquire().await.unwrap().forget();
        }
        assert!(
            !state.panics.load(Ordering::SeqCst),
            "requested by the test"
        );
        if state.down.load(Ordering::SeqCst) {
            return Err("connection refused".into());
        }
        let (status, fields, text) = state.answer.lock().unwrap()(&token);
        let mut response = Response::new(text.into_bytes());
        *response.status_mut() = StatusCode::from_u16(status).unwrap();
        for (name, value) in fields {
            response.headers_mut().insert(name, value.parse().unwrap());
        }
        Ok(response)
    }
}

fn ok(text: impl Into<String>) -> Answer {
    (200, Vec::new(), text.into())
}

fn introspection() -> Introspection {
    Introspection::endpoint("https://issuer.example/introspect")
        .issuer("https://issuer.example")
        .client("api", "secret")
        .audience("api")
}

/// A node of an API that introspects tokens at the server.
#[derive(Clone)]
struct Node {
    bearer: Arc<Bearer>,
    /// Seconds since 1970.
    now: u64,
    /// If set, the clock advances from this instant on.
    since: Option<tokio::time::Instant>,
    /// The address of the client.
    peer: Option<IpAddr>,
    revocation: Option<RevocationList>,
}

impl Node {
    fn new(server: &Server, introspection: Introspection) -> Self {
        Self::with(server, introspection, TokenCache::new(), Vec::new(), None)
    }

    fn with(
        server: &Server,
        introspection: Introspection,
        cache: TokenCache,
        issuers: Vec<Jwt>,
        revocation: Option<RevocationList>,
    ) -> Self {
        let clients = Clients::new(Some(Client::new(server.clone())));
        let issuers: Vec<JwtVerifier> = issuers
            .into_iter()
            .map(|jwt| jwt.build(&clients).unwrap())
            .collect();
        let introspector = introspection.build(&clients, cache);
        let bearer = Bearer::new(issuers, 8192, cache, revocation.is_some())
            .with_introspector(Some(introspector.unwrap()));
        Self {
            bearer: Arc::new(bearer),
            now: NOW,
            since: None,
            peer: None,
            revocation,
        }
    }

    /// The same with a clock that advances.
    fn ticking(self) -> Self {
        let since = Some(tokio::time::Instant::now());
        Self { since, ..self }
    }

    /// The same with requests from this address.
    fn from(&self, address: [u8; 4]) -> Self {
        let peer = Some(IpAddr::from(address));
        Self {
            peer,
            ..self.clone()
        }
    }

    fn at(&self, now: u64) -> Self {
        Self {
            now,
            ..self.clone()
        }
    }

    fn introspection(&self) -> IntrospectionStatus {
        Authenticator::status(&self.bearer).introspection.unwrap()
    }

    async fn present(&self, token: &str) -> Result<Identity, AuthenticationError> {
        let request = Request::get("/").header("authorization", format!("Bearer {token}"));
        let (parts, ()) = request.body(()).unwrap().into_parts();
        let (now, since) = (UNIX_EPOCH + Duration::from_secs(self.now), self.since);
        let clock =
            move || -> SystemTime { now + since.map_or(Duration::ZERO, |since| since.elapsed()) };
        let request = CredentialRequest {
            revocation: self.revocation.as_ref(),
            ..CredentialRequest::to(&self.bearer, &parts, self.peer, &clock)
        };
        let identity = self.bearer.authenticate(request).settle().await?;
        // As `auth/` does.
        match request.check_revocation(&identity) {
            Err(error) if error.is_revocation() => {
                self.bearer.remove_revoked(&request);
                Err(error)
            }
            checked => checked.map(|()| identity),
        }
    }

    async fn is_let_in(&self, token: &str) -> bool {
        match self.present(token).await {
            Ok(_) => true,
            Err(AuthenticationError::Token(_)) => false,
            Err(other) => panic!("{other:?}"),
        }
    }
}

fn fault(result: Result<Identity, AuthenticationError>) -> TokenFault {
    match result {
        Err(AuthenticationError::Token(fault)) => fault,
        other => panic!("expected a fault of the token: {other:?}"),
    }
}

/// Asserts an outage, and returns its `Retry-After` in seconds.
fn unavailable(result: Result<Identity, AuthenticationError>) -> u64 {
    match result {
        Err(AuthenticationError::Unavailable { retry_after, .. }) => {
            u64::try_from(retry_after.as_millis().div_ceil(1000)).unwrap()
        }
        other => panic!("expected an outage: {other:?}"),
    }
}
