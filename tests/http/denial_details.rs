//! Events about denials say what was received and what was expected. They contain no secrets and no personal
//! data.

use std::time::Duration;

use auth_runtime::authenticator::AuthenticationError;
use auth_runtime::bearer::TypeRule;
use auth_runtime::denial::TokenFault;
use auth_runtime::testing::{Issuer, Token};
use auth_runtime::{
    Auth, Claims, Identity, Jwt, Router, optional_auth, policy, require_auth, routing,
};
use auth_tests::application::{AUDIENCE, ISSUER, build};
use auth_tests::client::Request;
use auth_tests::clock::StoppedClock;
use auth_tests::logs::{Capture, Event};
use auth_tests::server::Server;
use serde::Deserialize;
use tracing::Level;

const OTHER: &str = "https://other.example";

#[require_auth]
async fn any() {}

#[require_auth(scope = "orders:read", role = "clerk")]
async fn orders() {}

#[require_auth(claim("tenant" = "acme"))]
async fn tenant() {}

#[require_auth(acr = "urn:example:gold")]
async fn gold() {}

#[require_auth(any(role = "admin", check("owns it") = || false))]
async fn owned() {}

#[optional_auth(scheme = "bearer")]
async fn optional() {}

#[derive(Deserialize)]
#[allow(dead_code, reason = "only the claim's presence matters")]
struct Profile {
    department: String,
}

#[require_auth]
async fn profile(_: Claims<Profile>) {}

#[policy(role = "staff")]
struct Staff;

struct World {
    server: Server,
    issuer: Issuer,
    capture: Capture,
}

impl World {
    async fn start() -> Self {
        Self::with(|jwt| jwt).await
    }

    async fn with(settings: impl FnOnce(Jwt) -> Jwt) -> Self {
        let issuer = Issuer::new(ISSUER, AUDIENCE);
        let other = Issuer::new(OTHER, AUDIENCE);
        let builder = Auth::builder().bearer(settings(issuer.jwt()));
        let auth = build(builder.bearer(other.jwt()));
        let app = Router::new()
            .route("/any/{id}", routing::any(any))
            .route("/orders", routing::get(orders))
            .route("/tenant", routing::get(tenant))
            .route("/gold", routing::get(gold))
            .route("/owned", routing::get(owned))
            .route("/optional", routing::get(optional))
            .route("/profile", routing::get(profile))
            .nest(
                "/nested",
                Router::new()
                    .route("/any/{id}", routing::get(any))
                    .require::<Staff>(),
            )
            .with_auth(auth);
        Self {
            server: Server::start(app).await,
            issuer,
            capture: Capture::start(),
        }
    }

    fn token(&self) -> Token {
        self.issuer.token("alice")
    }

    async fn denied(&self, request: &Request) -> Event {
        self.capture.take();
        self.server.send(request).await;
        let event = self.capture.take_runtime_events().only();
        assert_eq!((event.level, event.message()), (Level::INFO, "denied"));
        event
    }

    async fn details(&self, token: &str) -> [Option<String>; 3] {
        details(&self.denied(&Request::get("/any/7").bearer(token)).await)
    }
}

fn details(event: &Event) -> [Option<String>; 3] {
    ["claim", "received", "expected"].map(|name| event.field(name).map(str::to_owned))
}

fn some(texts: [&str; 3]) -> [Option<String>; 3] {
    texts.map(|text| (!text.is_empty()).then(|| text.to_owned()))
}

#[tokio::test]
async fn a_refused_token_is_logged_with_the_received_and_the_expected_value() {
    let trusted = r#"["https://issuer.example", "https://other.example"]"#;
    let audiences = r#"["https://api.example"]"#;
    for (change, expected) in [
        (
            (|token| token.claim("iss", "https://stranger.example")) as fn(Token) -> Token,
            ["iss", r#""https://stranger.example""#, trusted],
        ),
        (|token| token.without("iss"), ["iss", "", trusted]),
        (
            |token| token.claim("aud", "https://web.example"),
            ["aud", r#""https://web.example""#, audiences],
        ),
        (
            |token| token.claim("aud", ["a", "b"]),
            ["aud", r#"["a", "b"]"#, audiences],
        ),
        (|token| token.without("aud"), ["aud", "", audiences]),
        (
            |token| token.header("typ", "JWT"),
            ["typ", r#""JWT""#, r#"["at+jwt"]"#],
        ),
        (
            |token| token.without_header("typ"),
            ["typ", "", r#"["at+jwt"]"#],
        ),
        (
            |token| token.header("alg", "RS256"),
            ["alg", r#""RS256""#, r#"["ES256"]"#],
        ),
        (
            |token| token.header("kid", "key-2"),
            ["kid", r#""key-2""#, ""],
        ),
        (|token| token.without("exp"), ["exp", "", ""]),
        (|token| token.without("sub"), ["sub", "", ""]),
        (|token| token.claim("sub", ""), ["sub", "", ""]),
        // The fault says everything.
        (|token| token.claim("exp", 1), ["", "", ""]),
        (|token| token.claim("nbf", 9_999_999_999_u64), ["", "", ""]),
        (|token| token.claim("scope", 1), ["", "", ""]),
    ] {
        let world = World::start().await;
        let token = change(world.token()).sign();
        assert_eq!(world.details(&token).await, some(expected), "{token}");
    }
}

#[tokio::test]
async fn configured_claims_are_logged_by_their_names() {
    for (settings, change, expected) in [
        (
            (|jwt| jwt.subject_claim("client_id")) as fn(Jwt) -> Jwt,
            (|token| token) as fn(Token) -> Token,
            ["client_id", "", ""],
        ),
        (
            |jwt| jwt.required_claim("jti").required_claim("/org/id"),
            |token| token.claim("jti", "1"),
            ["/org/id", "", ""],
        ),
        // The received value may be personal.
        (
            |jwt| jwt.required_value("hd", "example.com"),
            |token| token.claim("hd", "alices-own.example"),
            ["hd", "", r#"["example.com"]"#],
        ),
        (
            |jwt| jwt.audience_claim("client_id").audience("shop"),
            |token| token.without("aud").claim("client_id", "game"),
            [
                "client_id",
                r#""game""#,
                r#"["https://api.example", "shop"]"#,
            ],
        ),
        // If there is an `aud`, it must be right as well.
        (
            |jwt| jwt.audience_claim("client_id").audience("shop"),
            |token| token.claim("client_id", "shop").claim("aud", "game"),
            ["aud", r#""game""#, r#"["https://api.example", "shop"]"#],
        ),
        (
            |jwt| jwt.typ(TypeRule::Off),
            |token| {
                token.header("typ", "JWT").claim(
                    "events",
                    serde_json::json!({ "http://schemas.openid.net/event/backchannel-logout": {} }),
                )
            },
            ["events", "", ""],
        ),
    ] {
        let world = World::with(settings).await;
        let token = change(world.token()).sign();
        assert_eq!(world.details(&token).await, some(expected), "{token}");
    }
}

#[tokio::test]
async fn the_log_names_no_claim_if_the_application_refuses_the_token() {
    for fault in [
        TokenFault::UntrustedIssuer,
        TokenFault::WrongAudience,
        TokenFault::NotAnAccessToken,
        TokenFault::MissingClaim,
        TokenFault::NoExpiry,
    ] {
        let refuse = move |_: Identity| async move { Err(AuthenticationError::Token(fault)) };
        let world = World::with(|jwt| jwt.map_identity(refuse)).await;
        let token = world.token().sign();
        let [claim, received, _] = world.details(&token).await;
        if fault != TokenFault::NoExpiry {
            assert_eq!((claim, received), (None, None), "{fault:?}");
        }
    }
}

#[tokio::test]
async fn a_denied_caller_is_logged_with_the_rule() {
    let world = World::start().await;
    let token = world
        .token()
        .scope("orders:read")
        .claim("tenant", "evil")
        .sign();
    for (path, expected) in [
        ("/orders", r#"scope = "orders:read", role = "clerk""#),
        ("/tenant", r#"claim("tenant" = "acme")"#),
        ("/gold", r#"any caller, acr = "urn:example:gold""#),
        ("/owned", r#"any(role = "admin", check("owns it"))"#),
        ("/nested/any/7", r#"role = "staff""#),
    ] {
        let event = world.denied(&Request::get(path).bearer(&token)).await;
        assert_eq!(details(&event), some(["", "", expected]), "{path}");
        assert_eq!(event.field("path"), Some(path));
    }
    // Only the names of the accepted kinds: the received field may hold a password.
    for path in ["/any/7", "/optional"] {
        let request = Request::get(path).header("Authorization", "secret");
        let event = world.denied(&request).await;
        assert_eq!(details(&event), some(["", "", r#"["Bearer"]"#]), "{path}");
    }
    let event = world.denied(&Request::get("/any/7")).await;
    assert_eq!(details(&event), some(["", "", ""]));
}

#[tokio::test]
async fn a_claim_that_an_extractor_needs_is_logged_by_its_name() {
    let world = World::start().await;
    let request = Request::get("/profile");
    world.capture.take();
    for (token, claim) in [
        (world.token(), Some("department")),
        // The wrong value may be personal.
        (world.token().claim("department", ["secret"]), None),
    ] {
        world
            .server
            .send(&request.clone().bearer(token.sign()))
            .await;
        let mut events = world.capture.take_runtime_events();
        events.retain(|event| event.message() == "denied");
        let event = events.only();
        assert_eq!(event.field("claim"), claim);
        assert_eq!(event.field("extractor"), Some("Claims"));
        assert_eq!(
            (event.field("received"), event.field("expected")),
            (None, None)
        );
    }
}

#[tokio::test]
async fn method_and_path_are_logged_as_they_were_sent_without_the_query() {
    let world = World::start().await;
    let long = format!("/any/{}", "x".repeat(1_000));
    for (method, target, path) in [
        ("GET", "/any/7?api_key=secret", "/any/7"),
        ("DELETE", "/any/a%0Ab", "/any/a%0Ab"),
        ("POST", "/any/\"quote\"", r#"/any/\"quote\""#),
        ("GET", &long, &format!("{}..", &long[..100])),
    ] {
        let event = world.denied(&Request::new(method, target)).await;
        assert_eq!(event.field("method"), Some(method), "{target}");
        assert_eq!(event.field("path"), Some(path), "{target}");
    }
}

#[tokio::test]
async fn values_from_tokens_are_truncated_and_escaped() {
    let world = World::start().await;
    let hostile = format!("\n\u{1b}[31m\u{202e}{}", "x".repeat(4_000));
    let token = world.token().claim("iss", hostile.clone()).sign();
    let [_, received, _] = world.details(&token).await;
    let shown = "x".repeat(100 - 7);
    let expected = format!(r#""\n\u{{1b}}[31m\u{{202e}}{shown}".."#);
    assert_eq!(received, Some(expected));

    let many: Vec<_> = (0..200).map(|number| format!("api-{number}")).collect();
    let [_, received, _] = world
        .details(&world.token().claim("aud", many).sign())
        .await;
    let received = received.unwrap();
    assert!(
        received.ends_with(r#""api-7", and 192 more]"#),
        "{received}"
    );
}

#[tokio::test(start_paused = true)]
async fn unverified_values_are_logged_once_per_second_for_each_claim() {
    let world = World::start().await;
    let clock = StoppedClock::start();
    let flood = async |claim: &str| {
        let mut received = Vec::new();
        for number in 0..50 {
            let value = format!("made up {number}");
            let token = match claim {
                "iss" => world.token().claim("iss", value),
                name => world.token().header(name, value),
            };
            let event = world
                .denied(&Request::get("/any/7").bearer(token.sign()))
                .await;
            assert_eq!(event.field("claim"), Some(claim));
            received.extend(event.field("received").map(str::to_owned));
        }
        received
    };
    let first = ["\"made up 0\""];
    assert_eq!(flood("iss").await, first);
    // Each claim has its own limit.
    assert_eq!(flood("typ").await, first);
    assert_eq!(flood("alg").await, first);
    assert_eq!(flood("kid").await, first);
    assert!(flood("iss").await.is_empty());
    clock.advance(Duration::from_secs(1)).await;
    assert_eq!(flood("iss").await, first);
    // A value from a verified token is in every event.
    for _ in 0..3 {
        let token = world.token().claim("aud", "web").sign();
        let [_, received, _] = world.details(&token).await;
        assert_eq!(received.as_deref(), Some("\"web\""));
    }
}
