//! `Router::require` with policies that have checks.

use auth_runtime::testing::Issuer;
use auth_runtime::{Allowed, Auth, Checked, Router, check, policy, require_auth, routing};
use auth_tests::application::{AUDIENCE, ISSUER, build};
use auth_tests::client::Request;
use auth_tests::clock::eventually;
use auth_tests::logs::Capture;
use auth_tests::server::Server;
use axum::extract::{Path, State};
use tracing::Level;

/// Whether the router with this state lets callers in.
#[derive(Clone)]
struct Open(bool);

#[check]
fn is_open(State(Open(open)): State<Open>) -> bool {
    open
}

#[policy(check = is_open)]
struct WhenOpen;

#[check]
fn loads(Path(number): Path<u32>) -> Allowed<String> {
    Allowed::with(format!("number {number}"))
}

#[policy(check = loads)]
struct Loaded;

#[require_auth]
async fn any_caller() {}

#[require_auth(scope = "read", hide)]
async fn hidden() {}

#[require_auth(scope = "read", hide = "always")]
async fn always_hidden() {}

#[require_auth(any(role = "support", check = loads))]
async fn value(value: Option<Checked<String>>) -> String {
    value.map_or("nothing".to_owned(), |Checked(value)| value)
}

fn auth() -> (Issuer, Auth) {
    let issuer = Issuer::new(ISSUER, AUDIENCE);
    let auth = build(Auth::builder().bearer(issuer.jwt()));
    (issuer, auth)
}

#[test]
fn a_route_that_has_got_its_state_takes_no_required_check_with_the_state_of_another_router() {
    let inner = Router::new()
        .route("/inner", routing::get(any_caller))
        .with_state(Open(true));
    let method = routing::get(any_caller).with_state(Open(true));
    let faults = |routes: Router<Open>| {
        let finished = routes.require::<WhenOpen>().with_state(Open(false));
        let finished: Result<axum::Router, _> = finished.try_with_auth(auth().1);
        finished.map_err(|error| error.faults().len()).err()
    };
    assert_eq!(faults(Router::new().merge(inner)), Some(1));
    assert_eq!(faults(Router::new().route("/method", method)), Some(1));
    let outer = Router::new().route("/outer", routing::get(any_caller));
    assert_eq!(faults(outer), None);
}

#[tokio::test]
async fn a_required_check_gets_the_state_of_its_router() {
    for (open, status) in [(true, 200), (false, 403)] {
        let (issuer, auth) = auth();
        let app = Router::new()
            .route("/", routing::get(any_caller))
            .require::<WhenOpen>()
            .with_auth(auth)
            .with_state(Open(open));
        let request = Request::get("/").bearer(issuer.token("alice").sign());
        assert_eq!(Server::start(app).await.send(&request).await.status, status);
    }
}

#[tokio::test]
async fn c7_a_hidden_route_stays_hidden_if_an_extractor_of_a_required_check_refuses() {
    let (issuer, auth) = auth();
    let app = Router::new()
        .route("/visible/{number}", routing::get(any_caller))
        .route("/hidden/{number}", routing::get(hidden))
        .route("/always/{number}", routing::get(always_hidden))
        .require::<Loaded>()
        .with_auth(auth);
    let server = Server::start(app).await;
    for (path, status) in [
        ("/visible/word", 400),
        ("/hidden/word", 404),
        ("/always/word", 404),
    ] {
        let request = Request::get(path).bearer(issuer.token("alice").sign());
        let response = server.send(&request).await;
        assert_eq!(response.status, status, "{path}");
        assert_eq!(response.text().contains("word"), status == 400, "{path}");
    }
}

#[tokio::test]
async fn the_handler_gets_no_value_of_a_required_check() {
    let (issuer, auth) = auth();
    let app = Router::new()
        .route("/{number}", routing::get(value))
        .require::<Loaded>()
        .with_auth(auth);
    let server = Server::start(app).await;
    for (role, text) in [("support", "nothing"), ("customer", "number 7")] {
        let token = issuer.token("alice").role(role).sign();
        let response = server.send(&Request::get("/7").bearer(token)).await;
        assert_eq!(response.text(), text, "{role}");
    }
}

#[tokio::test]
async fn i8_a_check_whose_path_does_not_match_the_route_is_500_and_logged_as_an_error() {
    let (issuer, auth) = auth();
    let app = Router::new()
        .route("/{tenant}/{number}", routing::get(any_caller))
        .require::<Loaded>()
        .with_auth(auth);
    let server = Server::start(app).await;
    let capture = Capture::start();
    let request = Request::get("/acme/7").bearer(issuer.token("alice").sign());
    // Once a second for all routes that share a throttle.
    eventually("it is logged", async || {
        assert_eq!(server.send(&request).await.status, 500);
        capture.take_runtime_events().iter().any(|event| {
            event.level == Level::ERROR
                && event.field("check") == Some("loads")
                && event
                    .field("extractor")
                    .is_some_and(|name| name.contains("Path<u32>"))
        })
    })
    .await;
}
