//! Without a layer nobody gets in, and the log says what to add.

use std::time::{Duration, Instant};

use auth_runtime::{BearerToken, Claims, Identity, allow_anonymous, optional_auth, require_auth};
use auth_tests::client::Request;
use auth_tests::logs::{Capture, Event};
use auth_tests::server::Server;
use axum::Router;
use axum::routing::get;
use serde_json::Value;
use tracing::Level;

#[require_auth(scope = "read")]
async fn required() {}

#[optional_auth]
async fn optional() {}

#[allow_anonymous(reason = "a test of what is public")]
async fn public() {}

async fn identity(_: Identity) {}

async fn option(_: Option<Identity>) {}

async fn claims(_: Claims<Value>) {}

async fn token(_: BearerToken) {}

// One test for all of it: the log is throttled for the whole process.
#[tokio::test]
async fn without_the_layer_it_is_500_and_an_error_log_a_second_that_says_what_to_add() {
    let app = Router::new()
        .route("/required", get(required))
        .route("/optional", get(optional))
        .route("/public", get(public))
        .route("/identity", get(identity))
        .route("/option", get(option))
        .route("/claims", get(claims))
        .route("/token", get(token));
    let server = Server::start(app).await;
    let capture = Capture::start();
    for path in [
        "/required",
        "/optional",
        "/public",
        "/identity",
        "/option",
        "/claims",
        "/token",
    ] {
        for request in [Request::get(path), Request::get(path).bearer("x")] {
            let response = server.send(&request).await;
            assert_eq!(response.status, 500, "{path}");
            assert_eq!(response.challenges().len(), 0, "{path}");
            assert_eq!(response.all("cache-control"), ["no-store"], "{path}");
            assert_eq!(
                response.text(),
                r#"{"type":"about:blank","title":"Internal Server Error","status":500}"#,
                "{path}"
            );
        }
    }
    let errors = |events: Vec<Event>| -> Vec<Event> {
        events
            .into_iter()
            .filter(|event| event.level == Level::ERROR)
            .collect()
    };
    let first = errors(capture.take_ours());
    // Seven ask, twice each, and a second may end in between.
    assert!((1..=9).contains(&first.len()), "{first:?}");
    assert!(
        first[0].message().contains("`.layer(auth.layer())`"),
        "{first:?}"
    );
    assert!(
        first[0].field("policy").unwrap().ends_with("required"),
        "{first:?}"
    );

    let began = Instant::now();
    for _ in 0..50 {
        server.send(&Request::get("/required")).await;
    }
    let flood = errors(capture.take_ours());
    let seconds = usize::try_from(began.elapsed().as_secs()).unwrap();
    // A part of a second at either end.
    assert!(flood.len() <= seconds + 2, "{} in {seconds} s", flood.len());

    tokio::time::sleep(Duration::from_millis(1100)).await;
    server.send(&Request::get("/required")).await;
    let later = errors(capture.take_ours());
    assert_eq!(later.len(), 1);
    // Those of the last second that were held back.
    assert_ne!(later[0].field("suppressed"), Some("0"), "{later:?}");
}
