//! During an outage a logout is answered 503, and the same token is accepted later.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, SystemTime};

use auth_runtime::fetch::Fetch;
use auth_runtime::keys::KeyRefresh;
use auth_runtime::revocation::{
    MemoryRevocation, Revocation, RevocationQuery, RevocationStatus, Revoked,
};
use auth_runtime::routing::get;
use auth_runtime::testing::Issuer;
use auth_runtime::{Auth, BoxError, Jwt, Router, require_auth};
use auth_tests::application::{AUDIENCE, ISSUER, build};
use auth_tests::client::{Request, Response};
use auth_tests::server::Server;
use axum::http;

use super::{CLIENT, FORM, World, assert_logged_out, logout_token};

fn assert_unavailable(answer: &Response) {
    assert_eq!(
        (answer.status, answer.text().as_str()),
        (503, ""),
        "{answer:?}"
    );
    let mut names = answer.header_names();
    names.sort_unstable();
    assert_eq!(names, ["cache-control", "retry-after"]);
    assert_eq!(answer.one("cache-control").as_deref(), Some("no-store"));
    assert_eq!(answer.one("retry-after").as_deref(), Some("5"));
}

/// A list in memory that a test can make fail.
#[derive(Clone)]
struct List {
    memory: MemoryRevocation,
    readable: Arc<AtomicBool>,
    /// The number of further revocations that succeed.
    room: Arc<AtomicUsize>,
}

impl List {
    fn new() -> Self {
        Self {
            memory: MemoryRevocation::new(),
            readable: Arc::new(AtomicBool::new(true)),
            room: Arc::new(AtomicUsize::new(usize::MAX)),
        }
    }

    fn is_readable(&self, readable: bool) {
        self.readable.store(readable, Ordering::SeqCst);
    }

    fn takes(&self, more: usize) {
        self.room.store(more, Ordering::SeqCst);
    }
}

impl Revocation for List {
    fn check(&self, token: &RevocationQuery<'_>, now: SystemTime) -> Result<bool, BoxError> {
        if self.readable.load(Ordering::SeqCst) {
            self.memory.check(token, now)
        } else {
            Err("the list is down".into())
        }
    }

    async fn revoke(&self, revoked: Revoked) -> Result<(), BoxError> {
        let taken = self
            .room
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, |room| {
                room.checked_sub(1)
            });
        taken.map_err(|_| BoxError::from("the list is down"))?;
        self.memory.revoke(revoked).await
    }

    fn retention(&self) -> Duration {
        self.memory.retention()
    }

    fn status(&self) -> RevocationStatus {
        self.memory.status()
    }
}

#[tokio::test]
async fn i7_a_logout_during_a_list_outage_is_503_and_can_be_repeated_later() {
    let list = List::new();
    let world = World::with(|jwt| jwt, |auth| auth.revocation(list.clone())).await;
    let phone = world.issuer.token("alice").claim("sid", "phone").sign();
    let logout = logout_token(&world.issuer, "1").claim("sid", "phone");

    list.is_readable(false);
    assert_unavailable(&world.log_out(&logout).await);
    list.is_readable(true);
    list.takes(0);
    assert_unavailable(&world.log_out(&logout).await);
    assert_eq!(world.hello(&phone).await, 200);
    list.takes(usize::MAX);
    assert_logged_out(&world.log_out(&logout).await);
    world.assert_revoked(&phone).await;
}

#[tokio::test]
async fn a_logout_succeeds_even_if_its_token_cannot_be_marked_as_used() {
    let list = List::new();
    let world = World::with(|jwt| jwt, |auth| auth.revocation(list.clone())).await;
    let phone = world.issuer.token("alice").claim("sid", "phone").sign();
    let logout = logout_token(&world.issuer, "1").claim("sid", "phone");
    list.takes(1);
    assert_logged_out(&world.log_out(&logout).await);
    world.assert_revoked(&phone).await;
    list.takes(2);
    assert_logged_out(&world.log_out(&logout).await);
}

/// A list with a bug.
struct Broken;

impl Revocation for Broken {
    fn check(&self, _: &RevocationQuery<'_>, _: SystemTime) -> Result<bool, BoxError> {
        panic!("a bug in the list")
    }

    async fn revoke(&self, _: Revoked) -> Result<(), BoxError> {
        Ok(())
    }

    fn retention(&self) -> Duration {
        Duration::MAX
    }

    fn status(&self) -> RevocationStatus {
        unreachable!("it is never called")
    }
}

#[tokio::test]
async fn i15_a_panic_of_the_revocation_list_is_500_for_a_logout() {
    let world = World::with(|jwt| jwt, |auth| auth.revocation(Broken)).await;
    let logout = logout_token(&world.issuer, "1").claim("sid", "phone");
    let answer = world.log_out(&logout).await;
    assert_eq!((answer.status, answer.text().as_str()), (500, ""));
    assert_eq!(answer.one("cache-control").as_deref(), Some("no-store"));
}

/// The documents of an issuer; none while it is down.
struct Provider(Option<String>);

impl Fetch for Provider {
    async fn fetch(
        &self,
        _: http::Request<Vec<u8>>,
        _: usize,
    ) -> Result<http::Response<Vec<u8>>, BoxError> {
        match &self.0 {
            Some(keys) => Ok(http::Response::new(keys.clone().into_bytes())),
            None => Err("connection refused".into()),
        }
    }
}

#[require_auth]
async fn hello() {}

async fn with_fetched_keys(published: Option<String>) -> Server {
    let jwt = Jwt::issuer(ISSUER)
        .audience(AUDIENCE)
        .jwks_url("https://issuer.example/keys")
        .key_refresh(KeyRefresh::new().cool_down(Duration::from_millis(100)))
        .backchannel_logout(CLIENT);
    let auth = build(
        Auth::builder()
            .bearer(jwt)
            .fetch(Provider(published))
            .revocation(MemoryRevocation::new()),
    );
    let app = Router::new()
        .route("/", get(hello))
        .route("/logout", auth.backchannel_logout())
        .with_auth(auth);
    Server::start(app).await
}

async fn log_out(server: &Server, issuer: &Issuer) -> Response {
    let logout = logout_token(issuer, "1").claim("sid", "phone").sign();
    let body = format!("logout_token={logout}");
    server.send(&Request::post("/logout", FORM, &body)).await
}

#[tokio::test]
async fn i2_a_logout_without_fetchable_keys_is_503() {
    let issuer = Issuer::new(ISSUER, AUDIENCE);
    let server = with_fetched_keys(None).await;
    assert_unavailable(&log_out(&server, &issuer).await);
}

#[tokio::test]
async fn a_logout_waits_for_the_first_key_fetch() {
    let issuer = Issuer::new(ISSUER, AUDIENCE);
    let server = with_fetched_keys(Some(issuer.jwks())).await;
    assert_logged_out(&log_out(&server, &issuer).await);
    let phone = issuer.token("alice").claim("sid", "phone").sign();
    let answer = server.send(&Request::get("/").bearer(phone)).await;
    assert_eq!(answer.status, 401);
}

#[tokio::test]
async fn b9_a_logout_token_with_an_unknown_kid_is_503_until_the_next_fetch_and_then_400() {
    let issuer = Issuer::new(ISSUER, AUDIENCE);
    let server = with_fetched_keys(Some(issuer.jwks())).await;
    let logout = logout_token(&issuer, "1")
        .claim("sid", "phone")
        .header("kid", "other");
    let body = format!("logout_token={}", logout.sign());
    let request = Request::post("/logout", FORM, &body);
    let mut answer = server.send(&request).await;
    for _ in 0..600 {
        if answer.status != 503 {
            break;
        }
        assert_unavailable(&answer);
        tokio::time::sleep(Duration::from_millis(100)).await;
        answer = server.send(&request).await;
    }
    assert_eq!(answer.status, 400);
    let unknown = "The logout token was signed with an unknown key";
    assert!(answer.text().contains(unknown), "{answer:?}");
}
