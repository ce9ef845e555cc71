//! User names and passwords: rows F1 to F6, outages, and a form instead of the header field.

mod log_in_form;
mod outages;
mod rows;
mod users;

use std::num::NonZeroU32;
use std::time::Duration;

use auth_runtime::authenticator::FailureLimit;
use auth_runtime::testing::Issuer;
use auth_runtime::users::{PasswordHashing, User, UserStore, Users};
use auth_runtime::{Auth, Basic, Identity, optional_auth, require_auth};
use auth_tests::application::{AUDIENCE, ISSUER, build};
use auth_tests::client::{Request, Response};
use auth_tests::expected::{Expected, refused};
use auth_tests::server::Server;
use axum::Router;
use axum::routing::get;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

const BASIC: &str = r#"Basic realm="api", charset="UTF-8""#;
const BEARER: &str = r#"Bearer realm="api""#;

#[require_auth]
async fn any(caller: Identity) -> String {
    let roles: Vec<_> = caller.roles().collect();
    format!(
        "{} of {} by {}: {} / {}",
        caller.subject(),
        caller.issuer(),
        caller.scheme(),
        caller.scopes(),
        roles.join(" ")
    )
}

#[require_auth(scope = "read")]
async fn read(caller: Identity) -> String {
    caller.subject().to_owned()
}

#[require_auth(not(role = "trial"))]
async fn grown_up(caller: Identity) -> String {
    caller.subject().to_owned()
}

#[require_auth(scheme = "basic")]
async fn basic_only(caller: Identity) -> String {
    caller.subject().to_owned()
}

#[optional_auth]
async fn optional(caller: Option<Identity>) -> String {
    caller.map_or("anonymous".to_owned(), |caller| caller.subject().to_owned())
}

fn routes() -> Router {
    Router::new()
        .route("/any", get(any))
        .route("/read", get(read))
        .route("/grown-up", get(grown_up))
        .route("/basic", get(basic_only))
        .route("/optional", get(optional))
}

/// The lowest cost of Argon2id.
fn fast() -> PasswordHashing {
    PasswordHashing::default().memory_kib(8).iterations(1)
}

fn user(password: &str) -> User {
    User::new(fast().hash(password).unwrap())
}

/// Basic with `store`, fast hashes, and a limit that is not shared with other tests.
fn basic(store: impl UserStore) -> Basic {
    Basic::users(store).hashing(fast()).failure_limit(None)
}

fn failures(most: u32, period: Duration) -> FailureLimit {
    FailureLimit::default().per_account(NonZeroU32::new(most).unwrap(), period)
}

async fn serve(basic: Basic) -> Server {
    let auth = build(Auth::builder().basic(basic));
    Server::start(routes().layer(auth.layer())).await
}

/// Bearer tokens, then Basic.
async fn serve_both(basic: Basic) -> (Issuer, Server) {
    let issuer = Issuer::new(ISSUER, AUDIENCE);
    let auth = build(Auth::builder().bearer(issuer.jwt()).basic(basic));
    (issuer, Server::start(routes().layer(auth.layer())).await)
}

fn request(path: &str, user: &str, password: &str) -> Request {
    let credentials = STANDARD.encode(format!("{user}:{password}"));
    Request::get(path).header("Authorization", format!("Basic {credentials}"))
}

async fn log_in(server: &Server, user: &str, password: &str) -> Response {
    server.send(&request("/any", user, password)).await
}

fn unauthorized() -> Expected {
    refused(401).challenge(BASIC).into()
}

/// The response without the date, in the order of the wire.
#[track_caller]
fn assert_same_bytes(left: &Response, right: &Response) {
    let bytes = |response: &Response| {
        let mut response = response.clone();
        response
            .headers
            .retain(|(name, _)| !name.eq_ignore_ascii_case("date"));
        response
    };
    assert_eq!(bytes(left), bytes(right));
}

#[track_caller]
fn assert_answer(response: &Response, expected: impl Into<Expected>) {
    let expected: Expected = expected.into();
    if let Err(difference) = expected.compare(response) {
        panic!("{difference}\n{response:?}");
    }
}

fn alice() -> Users {
    Users::new().add(
        "alice",
        user("secret").scopes(["read", "write"]).roles(["admin"]),
    )
}
