//! Each decision is logged in one event, without any part of a token.

use std::collections::HashSet;
use std::fmt::Debug;

use auth_runtime::testing::{Issuer, Token};
use auth_tests::application::{AUDIENCE, ISSUER, World};
use auth_tests::client::Request;
use auth_tests::clock::eventually;
use auth_tests::logs::{Capture, Event};
use serde_json::json;
use tracing::Level;

async fn only_event(world: &World, capture: &Capture, request: &Request) -> Event {
    capture.take();
    world.server.send(request).await;
    capture.take_runtime_events().only()
}

#[tokio::test]
async fn an_allowed_request_is_one_debug_event_with_its_policy_and_caller() {
    let world = World::start().await;
    let capture = Capture::start();
    for (path, token, policy) in [
        (
            "/read",
            world.reader(),
            "auth_tests::application::routes::read",
        ),
        (
            "/optional",
            world.alice(),
            "auth_tests::application::routes::optional",
        ),
        (
            "/check/allowed",
            world.alice(),
            "auth_tests::application::outcomes::allowed",
        ),
    ] {
        let request = Request::get(path).bearer(token.sign());
        let event = only_event(&world, &capture, &request).await;
        assert_eq!(
            (event.level, event.message()),
            (Level::DEBUG, "allowed"),
            "{path}"
        );
        let mut names = event.names();
        names.sort_unstable();
        assert_eq!(
            names,
            ["issuer", "message", "policy", "scheme", "subject"],
            "{path}"
        );
        assert_eq!(event.field("scheme"), Some("Bearer"));
        assert_eq!(event.field("policy"), Some(policy));
        assert_eq!(event.field("issuer"), Some(ISSUER));
        assert_eq!(event.field("subject"), Some("alice"));
    }
    for path in ["/optional", "/public"] {
        let event = only_event(&world, &capture, &Request::get(path)).await;
        assert_eq!(
            (event.level, event.message()),
            (Level::DEBUG, "allowed"),
            "{path}"
        );
        assert_eq!(
            (event.field("issuer"), event.field("subject")),
            (None, None),
            "{path}"
        );
    }
}

#[tokio::test]
async fn a_refused_request_is_one_info_event_with_its_reason_and_status() {
    let world = World::start().await;
    let capture = Capture::start();
    let bearer = |path: &str, token: &Token| Request::get(path).bearer(token.sign());
    let alice = Some("alice");
    for (request, reason, status, subject) in [
        (Request::get("/read"), "MissingCredentials", "401", None),
        (
            Request::get("/read").header("Authorization", "Basic x"),
            "UnsupportedScheme",
            "401",
            None,
        ),
        (
            Request::get("/read").bearer("x").bearer("x"),
            "MultipleCredentials",
            "400",
            None,
        ),
        (Request::get("/read").bearer("x"), "Malformed", "401", None),
        (
            bearer("/read", &world.reader().claim("exp", 1)),
            "Expired",
            "401",
            None,
        ),
        (
            bearer("/read", &world.reader().header("kid", "x")),
            "UnknownKey",
            "401",
            None,
        ),
        (
            bearer("/read", &world.alice()),
            "InsufficientScope",
            "403",
            alice,
        ),
        (bearer("/admin", &world.alice()), "Forbidden", "403", alice),
        (
            bearer("/gold", &world.alice()),
            "InsufficientUserAuthentication",
            "401",
            alice,
        ),
        (
            bearer("/check/not-found", &world.alice()),
            "NotFound",
            "404",
            alice,
        ),
        (
            // The true reason, and the status that was sent.
            bearer("/hidden", &world.alice()),
            "InsufficientScope",
            "404",
            alice,
        ),
    ] {
        let event = only_event(&world, &capture, &request).await;
        assert_eq!(
            (event.level, event.message()),
            (Level::INFO, "denied"),
            "{request:?}"
        );
        assert!(
            event
                .field("reason")
                .is_some_and(|text| text.contains(reason)),
            "{event:?}"
        );
        assert_eq!(event.field("status"), Some(status), "{request:?}");
        assert!(
            event
                .field("policy")
                .is_some_and(|policy| policy.starts_with("auth_tests::application::"))
        );
        assert_eq!(event.field("subject"), subject, "{request:?}");
    }
}

/// The log gets one error per second for the whole process, so this may need several requests.
async fn error_of(world: &World, capture: &Capture, path: &str) -> Event {
    let token = world.alice().sign();
    let mut error = None;
    eventually("an error is logged", async || {
        capture.take();
        world.server.send(&Request::get(path).bearer(&token)).await;
        let mut events = capture.take_runtime_events().into_iter();
        error = events.find(|event| event.level == Level::ERROR);
        error.is_some()
    })
    .await;
    error.unwrap()
}

#[tokio::test]
async fn i8_the_error_of_a_check_is_logged_and_never_sent() {
    let world = World::start().await;
    let capture = Capture::start();
    for path in ["/check/failed", "/check/error", "/check/unavailable"] {
        let event = error_of(&world, &capture, path).await;
        let error = event.field("error").unwrap_or_default();
        assert!(
            error.contains("the secret of the database"),
            "{path}: {event:?}"
        );
        assert!(
            event
                .field("policy")
                .is_some_and(|policy| policy.contains("::outcomes::"))
        );
        let response = world
            .send(&Request::get(path).bearer(world.alice().sign()))
            .await;
        assert!(!response.text().contains("secret"), "{path}");
    }
}

/// Bad tokens of every kind, each with a text that is easy to find. Texts with `LOGGED` may be in the log.
fn battery(world: &World) -> Vec<String> {
    let token = || {
        world
            .issuer
            .token("CANARY-subject-0001")
            .scope("read CANARY-scope-0002")
            .claim("email", "CANARY-email-0003")
    };
    let other = Issuer::new(ISSUER, AUDIENCE)
        .token("CANARY-subject-0001")
        .scope("read");
    let good = token().sign();
    let (unsigned, signature) = good.rsplit_once('.').unwrap();
    vec![
        other.sign(),
        token().header("kid", "LOGGED-kid-0004").sign(),
        token().header("alg", "LOGGED-alg-0005").sign(),
        token().header("typ", "LOGGED-typ-0006").sign(),
        token().header("crit", ["CANARY-crit-0007"]).sign(),
        token().claim("iss", "LOGGED-issuer-0008").sign(),
        token().claim("aud", "LOGGED-audience-0009").sign(),
        token().claim("exp", "CANARY-expiry-0010").sign(),
        token().claim("exp", 1).sign(),
        token().claim("nbf", 9_999_999_999_u64).sign(),
        token().without("exp").sign(),
        token()
            .claim("scope", json!({ "CANARY": "scope-0011" }))
            .sign(),
        token().claim("sub", json!(["CANARY-subject-0012"])).sign(),
        token()
            .claim("cnf", json!({ "jkt": "CANARY-jkt-0013" }))
            .sign(),
        token().claim("padding", "CANARY".repeat(3000)).sign(),
        world.issuer.sign(r#"{"alg":"ES256","x":CANARY}"#, "{}"),
        world
            .issuer
            .sign(r#"{"alg":"ES256"}"#, r#"{"sub":"CANARY","sub":"CANARY"}"#),
        format!("{good}="),
        format!("{good}.{signature}"),
        format!("{unsigned}."),
        unsigned.to_owned(),
        format!("{good} {good}"),
        format!("{good},{good}"),
        format!("{good}\u{e4}"),
    ]
}

#[tokio::test]
async fn no_part_of_a_token_is_logged_or_sent() {
    let world = World::start().await;
    let capture = Capture::start();
    let mut output = String::new();
    let mut answers = String::new();
    let mut pieces = HashSet::new();
    let tokens = battery(&world);
    for token in &tokens {
        let segments = token.split(['.', ' ', ',', '=']).skip(1);
        for segment in segments.chain(token.split('.').next()) {
            pieces.extend(segment.as_bytes().windows(8).map(<[u8]>::to_vec));
        }
        for path in [
            "/read",
            "/any",
            "/optional",
            "/hidden",
            "/hidden-always",
            "/check/panic",
            "/gold",
        ] {
            for request in [
                Request::get(path).bearer(token),
                Request::get(path).bearer(token).bearer(token),
                Request::get(path).header("Authorization", format!("DPoP {token}")),
                Request::get(path).header("Authorization", token),
            ] {
                let response = world.server.send(&request).await;
                assert!(response.status >= 400, "{path} {token}");
                answers.push_str(&everything(&response));
            }
        }
    }
    // A valid token on routes that require more.
    let good = world.alice().scope("nothing").sign();
    pieces.extend(good.as_bytes().windows(8).map(<[u8]>::to_vec));
    for path in [
        "/read",
        "/admin",
        "/gold",
        "/pay",
        "/check/denied",
        "/check/failed",
        "/check/panic",
    ] {
        let response = world.server.send(&Request::get(path).bearer(&good)).await;
        assert!(response.status >= 400, "{path}");
        answers.push_str(&everything(&response));
    }
    assert!(
        !answers.contains("LOGGED"),
        "these values must not be in an answer"
    );
    output.push_str(&answers);

    let events = capture.take();
    assert!(
        events.len() > tokens.len() * 20,
        "only {} events",
        events.len()
    );
    for event in events.iter() {
        output.push_str(&everything(event));
    }
    assert!(
        !output.contains("CANARY"),
        "something that stands in a token got out"
    );
    for window in output.as_bytes().windows(8) {
        assert!(
            !pieces.contains(window),
            "a piece got out: {}",
            window.escape_ascii()
        );
    }
}

fn everything(found: &impl Debug) -> String {
    format!("{found:?}\n")
}
