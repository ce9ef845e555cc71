//! Without a layer every guarded request is refused, and the log says what to add.

use auth_runtime::{BearerToken, Claims, Identity, allow_anonymous, optional_auth, require_auth};
use auth_tests::client::Request;
use auth_tests::clock::eventually;
use auth_tests::logs::Capture;
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
async fn a_guard_without_an_auth_layer_is_500_and_logs_the_remedy_once_a_second() {
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
    // Once a second for the whole process. The tests of the throttle cover that.
    eventually("it is logged", async || {
        server.send(&Request::get("/required")).await;
        capture.take_runtime_events().iter().any(|event| {
            event.level == Level::ERROR
                && event.message().contains("`.layer(auth.layer())`")
                && event.field("suppressed").is_some()
                && event
                    .field("policy")
                    .is_some_and(|policy| policy.ends_with("required"))
        })
    })
    .await;
}
