//! Keys that are fetched from a server controlled by the tests: outages, invalid responses, rotation and floods;
//! and tokens that were verified before.

mod clocks;
mod discovery;
mod floods;
mod invalid_keys;
mod invalid_responses;
mod issuers;
mod key_server;
mod known_tokens;
mod outages;
mod rotation;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use auth_runtime::keys::KeyRefresh;
use auth_runtime::testing::{Issuer, Token};
use auth_runtime::{Auth, Jwt};
use auth_tests::application::{AUDIENCE, ISSUER};
use auth_tests::expected::{Expected, handler, invalid_token, refused};

use self::key_server::{KEYS, KeyServer};
use crate::node::Node;

/// The cool-down of these tests. A test that waits for its end stops and advances the clock.
const COOL_DOWN: Duration = Duration::from_secs(60);

/// The time limit of a fetch. Only a test that advances the clock reaches it.
const TIMEOUT: Duration = Duration::from_secs(60);

/// More than these tests take.
const HOUR: Duration = Duration::from_secs(3600);

/// One generation of the keys of [`ISSUER`].
fn generation(key_id: &str) -> Issuer {
    Issuer::new(ISSUER, AUDIENCE).key_id(key_id)
}

/// A new token with the scope of `/read`, unknown to every cache.
fn reader(issuer: &Issuer) -> Token {
    static MADE: AtomicUsize = AtomicUsize::new(0);

    let number = MADE.fetch_add(1, Ordering::Relaxed);
    let token = issuer.token("alice").scope("read");
    token.claim("jti", format!("number {number}"))
}

/// The same, signed.
fn fresh(issuer: &Issuer) -> String {
    reader(issuer).sign()
}

/// Keys are fetched at the start and for tokens with unknown keys only.
fn on_demand() -> KeyRefresh {
    KeyRefresh::new()
        .interval(HOUR)
        .min_interval(HOUR)
        .max_interval(HOUR)
        .cool_down(COOL_DOWN)
        .timeout(TIMEOUT)
}

/// Keys are fetched at the start, and the cool-down after that is longer than a test.
fn fetched_once() -> KeyRefresh {
    let day = 24 * HOUR;
    on_demand()
        .interval(day)
        .min_interval(day)
        .max_interval(day)
        .stale_for(day)
        .cool_down(HOUR)
}

/// Keys are fetched at this interval, whatever the responses say.
fn each(interval: Duration) -> KeyRefresh {
    on_demand()
        .interval(interval)
        .min_interval(interval)
        .max_interval(interval)
        .cool_down(interval.min(COOL_DOWN))
}

/// Trusts [`ISSUER`] with the keys of this server.
fn trust(keys: &KeyServer, refresh: KeyRefresh) -> Jwt {
    Jwt::issuer(ISSUER)
        .audience(AUDIENCE)
        .jwks_url(keys.url(KEYS))
        .key_refresh(refresh)
}

async fn start_node(jwt: Jwt) -> Node {
    Node::start(Auth::builder().bearer(jwt)).await
}

/// The response of the handler to a token of [`reader`].
fn read_by_alice() -> Expected {
    handler(format!("alice of {ISSUER}"))
}

/// Rows I2 and I3.
fn unavailable() -> Expected {
    refused(503).retry_after("5").into()
}

/// Row B9.
fn unknown_key() -> Expected {
    invalid_token("The access token was signed with an unknown key").into()
}
