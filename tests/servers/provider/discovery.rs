//! Discovery of an issuer's keys (OpenID Connect Discovery 1.0, RFC 8414).

use std::time::Duration;

use auth_runtime::keys::KeyRefresh;
use auth_runtime::testing::Issuer;
use auth_runtime::{Auth, Jwt};
use auth_tests::clock::{StoppedClock, eventually};
use auth_tests::expected::handler;
use auth_tests::logs::Capture;
use serde_json::{Value, json};
use tracing::Level;

use super::key_server::{Answer, KEYS, KeyServer, MEGABYTE};
use super::{AUDIENCE, COOL_DOWN, Node, each, fresh, on_demand, start_node, unavailable};

const OPENID: &str = "/tenant/.well-known/openid-configuration";
const OAUTH: &str = "/.well-known/oauth-authorization-server/tenant";

/// A provider whose issuer has a path.
struct Provider {
    server: KeyServer,
    name: String,
    issuer: Issuer,
}

impl Provider {
    async fn start() -> Self {
        let server = KeyServer::start().await;
        let name = server.url("/tenant");
        let issuer = Issuer::new(&name, AUDIENCE).key_id("one");
        server.answer(KEYS, Answer::keys([&issuer]));
        Self {
            server,
            name,
            issuer,
        }
    }

    fn metadata(&self) -> Value {
        json!({
            "issuer": self.name,
            "jwks_uri": self.server.url(KEYS),
            "authorization_endpoint": self.server.url("/authorize"),
        })
    }

    fn trust(&self, refresh: KeyRefresh) -> Jwt {
        Jwt::oidc(&self.name)
            .audience(AUDIENCE)
            .key_refresh(refresh)
    }

    async fn expect_in_order(&self, node: &Node) {
        let expected = handler(format!("alice of {}", self.name));
        node.expect(&fresh(&self.issuer), expected).await;
    }
}

#[tokio::test]
async fn openid_configuration_is_requested_first() {
    let provider = Provider::start().await;
    provider
        .server
        .answer(OPENID, Answer::json(&provider.metadata()));
    let node = start_node(provider.trust(on_demand())).await;
    provider.expect_in_order(&node).await;
    let server = &provider.server;
    assert_eq!((server.count(OPENID), server.count(KEYS)), (1, 1));
    assert_eq!(server.count_all(), 2);
}

/// Metadata documents that must be refused.
fn bad_metadata(good: &Value, elsewhere: &KeyServer) -> Vec<(&'static str, Answer)> {
    let name = good["issuer"].as_str().unwrap();
    let with = |member: &str, value: Value| {
        let mut metadata = good.clone();
        metadata[member] = value;
        Answer::json(&metadata)
    };
    let named = |name: String| with("issuer", json!(name));
    let keys_at = |address: &str| with("jwks_uri", json!(address));
    vec![
        (
            "one byte differs",
            named(name.replace("/tenant", "/tenanT")),
        ),
        ("a slash more", named(format!("{name}/"))),
        ("a space more", named(format!("{name} "))),
        (
            "a slash and a dot",
            named(name.replace("/tenant", "/./tenant")),
        ),
        ("an escape", named(name.replace("/tenant", "/%74enant"))),
        ("another scheme", named(name.replace("http:", "HTTP:"))),
        (
            "a part of it",
            named(name.trim_end_matches("/tenant").to_owned()),
        ),
        ("another issuer", named("https://issuer.example".to_owned())),
        ("no issuer", with("issuer", Value::Null)),
        ("a list of issuers", with("issuer", json!([name]))),
        ("no keys", with("jwks_uri", Value::Null)),
        ("keys at a number", with("jwks_uri", json!(7))),
        ("keys here", with("jwks_uri", json!({ "keys": [] }))),
        ("keys at a relative reference", keys_at(KEYS)),
        ("keys at nowhere", keys_at("")),
        ("keys in a file", keys_at("file:///etc/passwd")),
        ("keys without encryption", keys_at("http://192.0.2.1/jwks")),
        (
            "keys where it only looks like this machine",
            keys_at("http://127.0.0.1.example/jwks"),
        ),
        ("a list", Answer::json(&json!([good]))),
        ("garbage", Answer::text("not found, but 200")),
        ("nothing", Answer::text("")),
        ("an error", Answer::json(good).status(500)),
        ("another origin", Answer::redirect(&elsewhere.url(OPENID))),
        ("too much", Answer::long(100 * MEGABYTE)),
        ("the end of the connection", Answer::hang_up()),
    ]
}

#[tokio::test(start_paused = true)]
async fn metadata_of_another_issuer_or_without_a_jwks_uri_is_refused() {
    let elsewhere = KeyServer::start().await;
    let mut cases = Vec::new();
    for path in [OPENID, OAUTH] {
        for number in 0.. {
            let provider = Provider::start().await;
            let mut answers = bad_metadata(&provider.metadata(), &elsewhere).into_iter();
            let Some((what, answer)) = answers.nth(number) else {
                break;
            };
            cases.push((path, what, answer, provider));
        }
    }
    let clock = StoppedClock::start();
    for (path, what, answer, provider) in &cases {
        let log = Capture::start();
        provider.server.answer(path, answer.clone());
        let node = start_node(provider.trust(on_demand())).await;
        let response = node.send(&fresh(&provider.issuer)).await;
        if let Err(difference) = unavailable().compare(&response) {
            panic!("{what} at {path}: {difference}");
        }
        let events = log.take_runtime_events();
        let is_logged = events.iter().any(|event| {
            event.level == Level::WARN && event.field("issuer") == Some(&provider.name)
        });
        assert!(is_logged, "{what} at {path}: {events:?}");
        let metadata = Answer::json(&provider.metadata());
        provider.server.answer(OPENID, metadata);
        clock.advance(COOL_DOWN).await;
        provider.expect_in_order(&node).await;
    }
    assert_eq!(elsewhere.connections(), 0);
}

#[tokio::test(start_paused = true)]
async fn metadata_that_becomes_invalid_keeps_the_known_keys() {
    let provider = Provider::start().await;
    provider
        .server
        .answer(OPENID, Answer::json(&provider.metadata()));
    let clock = StoppedClock::start();
    let interval = Duration::from_secs(5 * 60);
    let node = start_node(provider.trust(each(interval))).await;
    provider.expect_in_order(&node).await;
    let mut metadata = provider.metadata();
    metadata["issuer"] = json!("https://evil.example");
    let evil = Issuer::new(&provider.name, AUDIENCE).key_id("evil");
    metadata["jwks_uri"] = json!(provider.server.url("/evil"));
    provider.server.answer("/evil", Answer::keys([&evil]));
    provider.server.answer(OPENID, Answer::json(&metadata));
    clock.advance(interval).await;
    eventually("the invalid metadata is fetched", async || {
        node.auth.status().issuers[0].last_error.is_some()
    })
    .await;
    provider.expect_in_order(&node).await;
    assert_ne!(node.status(&fresh(&evil)).await, 200);
    assert_eq!(provider.server.count("/evil"), 0);
}

#[tokio::test]
async fn http_urls_are_accepted_for_loopback_hosts_only() {
    let jwks = |address: &str| Jwt::issuer("https://issuer.example").jwks_url(address);
    let builds = |jwt: Jwt| {
        Auth::builder()
            .bearer(jwt.audience(AUDIENCE))
            .build()
            .map(drop)
    };
    for address in [
        "http://issuer.example/jwks",
        "http://10.0.0.1/jwks",
        "http://192.168.0.1:8080/jwks",
        "http://0.0.0.0/jwks",
        "http://[::]/jwks",
        "http://[2001:db8::1]/jwks",
        "http://127.0.0.1.example/jwks",
        "http://localhost.example/jwks",
        "http://localhost@issuer.example/jwks",
        "http://127.0.0.1@issuer.example/jwks",
    ] {
        let error = builds(jwks(address)).expect_err(address).to_string();
        assert!(error.contains("http"), "{address}: {error}");
        let error = builds(Jwt::oidc(address)).expect_err(address).to_string();
        assert!(error.contains("http"), "{address}: {error}");
    }
    for address in [
        "",
        "jwks",
        "/jwks",
        "ftp://issuer.example/",
        "https://",
        "file:///etc/jwks",
        "issuer.example",
    ] {
        assert!(builds(jwks(address)).is_err(), "{address}");
        assert!(
            builds(jwks(address).dangerously_allow_http()).is_err(),
            "{address}"
        );
        assert!(builds(Jwt::oidc(address)).is_err(), "{address}");
    }
    for address in [
        "https://issuer.example/jwks",
        "http://127.0.0.1:1/jwks",
        "http://127.8.9.10:1/jwks",
        "http://[::1]:1/jwks",
        "http://localhost:1/jwks",
    ] {
        builds(jwks(address)).expect(address);
        builds(Jwt::oidc(address)).expect(address);
    }
    builds(jwks("http://issuer.example/jwks").dangerously_allow_http()).unwrap();
    builds(Jwt::oidc("http://issuer.example").dangerously_allow_http()).unwrap();
}

#[tokio::test]
async fn an_https_url_is_never_fetched_without_encryption() {
    let issuer = super::generation("one");
    let server = KeyServer::with_keys(Answer::keys([&issuer])).await;
    let address = server.url(KEYS).replace("http:", "https:");
    let jwt = Jwt::issuer(super::ISSUER)
        .audience(AUDIENCE)
        .jwks_url(address)
        .key_refresh(on_demand());
    let node = start_node(jwt).await;
    node.expect(&fresh(&issuer), unavailable()).await;
    assert_eq!(server.count_all(), 0);
}
