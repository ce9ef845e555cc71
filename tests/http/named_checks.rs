//! Functions with `#[check]`, named in rules and in policies.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use auth_runtime::testing::Issuer;
use auth_runtime::{Allowed, Auth, CheckError, Checked, Guard, Router};
use auth_runtime::{check, guard, policy, require_auth, routing};
use auth_tests::application::{AUDIENCE, ISSUER, build};
use auth_tests::client::{Request, Response};
use auth_tests::clock::eventually;
use auth_tests::logs::Capture;
use auth_tests::server::Server;
use axum::extract::{FromRef, Path, Request as AxumRequest, State};
use axum::response::IntoResponse;
use serde_json::Value;
use tower::service_fn;
use tracing::Level;

use self::rules::{CanEdit, is_even as is_an_even_number};

/// How often a check ran, and the state of the application.
#[derive(Clone, Default)]
struct Runs {
    odd: Arc<AtomicUsize>,
    loads: Arc<AtomicUsize>,
}

/// A state that contains the one of the checks.
#[derive(Clone, Default)]
struct Application {
    runs: Runs,
}

impl FromRef<Application> for Runs {
    fn from_ref(application: &Application) -> Self {
        application.runs.clone()
    }
}

mod rules {
    use super::*;

    #[check("the number is even")]
    pub(super) async fn is_even(Path(number): Path<u32>) -> bool {
        number % 2 == 0
    }

    #[check]
    pub(super) fn is_odd(State(runs): State<Runs>, Path(number): Path<u32>) -> bool {
        runs.odd.fetch_add(1, Ordering::SeqCst);
        number % 2 == 1
    }

    #[check]
    pub(super) fn loads(
        State(runs): State<Runs>,
        Path(number): Path<u32>,
    ) -> Result<Allowed<String>, CheckError> {
        runs.loads.fetch_add(1, Ordering::SeqCst);
        if number == 0 {
            return Err(CheckError::not_found());
        }
        Ok(Allowed::with(format!("number {number}")))
    }

    #[policy(any(role = "editor", check = is_odd))]
    pub(super) struct CanEdit;

    #[policy(all(scope = "numbers", policy = CanEdit, check = is_even))]
    pub(super) struct Impossible;
}
use self::rules::*;

#[require_auth(check = is_an_even_number)]
async fn even() {}

#[require_auth(policy = CanEdit)]
async fn edit() {}

/// The policy's check has another number here than in the policy.
#[require_auth(all(check = is_even, policy = CanEdit))]
async fn even_and_edit() {}

#[require_auth(all(policy = CanEdit, check = is_even))]
async fn edit_and_even() {}

#[require_auth(any(
    all(role = "nobody", policy = Impossible),
    all(check = |Path(number): Path<u32>| number > 10, policy = CanEdit, check = |Path(number): Path<u32>| number < 20),
))]
async fn between() {}

/// Names `is_odd` three times.
#[require_auth(any(
    all(policy = CanEdit, role = "nobody"),
    all(check = is_odd, check = is_even),
    all(policy = CanEdit, check("is large") = |Path(number): Path<u32>| number > 100),
))]
async fn repeated() {}

#[require_auth(any(all(check = loads, check = is_even), all(check = loads, role = "support")))]
async fn value(value: Option<Checked<String>>) -> String {
    value.map_or("none".to_owned(), |Checked(value)| value)
}

#[require_auth(policy = Loaded)]
async fn value_of_policy(Checked(value): Checked<String>) -> String {
    value
}

#[policy(check = loads)]
struct Loaded;

#[require_auth]
async fn any_number() {}

struct App {
    server: Server,
    issuer: Issuer,
    runs: Runs,
}

impl App {
    async fn start() -> Self {
        let issuer = Issuer::new(ISSUER, AUDIENCE);
        let auth = build(Auth::builder().bearer(issuer.jwt()));
        let application = Application::default();
        let runs = application.runs.clone();
        let required = Router::new()
            .route("/required/{number}", routing::get(any_number))
            .require::<CanEdit>();
        let app: axum::Router = Router::new()
            .route("/even/{number}", routing::get(even))
            .route("/edit/{number}", routing::get(edit))
            .route("/even-and-edit/{number}", routing::get(even_and_edit))
            .route("/edit-and-even/{number}", routing::get(edit_and_even))
            .route("/between/{number}", routing::get(between))
            .route("/repeated/{number}", routing::get(repeated))
            .route("/value/{number}", routing::get(value))
            .route("/value-of-policy/{number}", routing::get(value_of_policy))
            .route(
                "/closure/{number}",
                routing::get(|_: Guard<Loaded>, Checked(value): Checked<String>| async { value }),
            )
            .merge(required)
            .with_state(application)
            .with_auth(auth);
        Self {
            server: Server::start(app).await,
            issuer,
            runs,
        }
    }

    async fn get(&self, path: &str, role: &str) -> Response {
        let token = self
            .issuer
            .token("alice")
            .scope("numbers")
            .role(role)
            .sign();
        self.server.send(&Request::get(path).bearer(token)).await
    }

    async fn status(&self, path: &str) -> u16 {
        self.get(path, "customer").await.status
    }
}

#[tokio::test]
async fn a_named_check_decides_under_the_name_that_it_was_imported_by() {
    let app = App::start().await;
    assert_eq!(app.status("/even/2").await, 200);
    assert_eq!(app.status("/even/3").await, 403);
}

#[tokio::test]
async fn the_check_of_a_policy_decides_on_a_handler_and_in_a_router() {
    let app = App::start().await;
    for route in ["edit", "required"] {
        assert_eq!(app.status(&format!("/{route}/3")).await, 200, "{route}");
        assert_eq!(app.status(&format!("/{route}/2")).await, 403, "{route}");
        let editor = app.get(&format!("/{route}/2"), "editor").await;
        assert_eq!(editor.status, 200, "{route}");
    }
}

/// Both are first in the rule that they are written in. The yes of one must not count for the other.
#[tokio::test]
async fn a_check_of_a_policy_and_one_of_the_handler_do_not_share_their_results() {
    let app = App::start().await;
    for path in ["/even-and-edit", "/edit-and-even"] {
        for number in [1, 2, 3, 4] {
            assert_eq!(app.status(&format!("{path}/{number}")).await, 403);
            let editor = app.get(&format!("{path}/{number}"), "editor").await;
            assert_eq!(editor.status, if number % 2 == 0 { 200 } else { 403 });
        }
    }
}

#[tokio::test]
async fn closures_around_a_policy_keep_their_numbers() {
    let app = App::start().await;
    for (number, status) in [(9, 403), (11, 200), (12, 403), (19, 200), (21, 403)] {
        assert_eq!(
            app.status(&format!("/between/{number}")).await,
            status,
            "{number}"
        );
    }
    assert_eq!(app.get("/between/12", "editor").await.status, 200);
}

#[tokio::test]
async fn a_check_that_a_rule_names_several_times_runs_once() {
    let app = App::start().await;
    assert_eq!(app.status("/repeated/3").await, 403);
    assert_eq!(app.runs.odd.load(Ordering::SeqCst), 1);
    assert_eq!(app.status("/repeated/103").await, 200);
    assert_eq!(app.runs.odd.load(Ordering::SeqCst), 2);
    assert_eq!(app.status("/repeated/104").await, 403);
    assert_eq!(app.runs.odd.load(Ordering::SeqCst), 3);
}

#[tokio::test]
async fn a_check_that_is_named_twice_passes_its_value_once() {
    let app = App::start().await;
    for (number, role, expected) in [(2, "customer", "number 2"), (3, "support", "number 3")] {
        let response = app.get(&format!("/value/{number}"), role).await;
        assert_eq!(response.text(), expected);
    }
    assert_eq!(app.runs.loads.load(Ordering::SeqCst), 2);
    assert_eq!(app.status("/value/3").await, 403);
    assert_eq!(app.status("/value/0").await, 404);
}

#[tokio::test]
async fn a_guard_argument_runs_the_check_of_its_policy() {
    let app = App::start().await;
    for path in ["/value-of-policy", "/closure"] {
        let found = app.get(&format!("{path}/5"), "customer").await;
        assert_eq!((found.status, found.text()), (200, "number 5".to_owned()));
        assert_eq!(app.status(&format!("{path}/0")).await, 404);
        assert_eq!(app.status(&format!("{path}/word")).await, 400);
    }
}

#[tokio::test]
async fn c11_an_anonymous_request_is_401_and_runs_no_check() {
    let app = App::start().await;
    for path in ["/edit/3", "/required/3", "/repeated/3", "/value/3"] {
        assert_eq!(app.server.send(&Request::get(path)).await.status, 401);
    }
    assert_eq!(app.runs.odd.load(Ordering::SeqCst), 0);
    assert_eq!(app.runs.loads.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn a_check_is_still_a_function() {
    assert!(is_even(Path(2)).await);
    assert!(!is_even(Path(3)).await);
}

#[check("the store answers")]
fn never_answers() -> Result<bool, CheckError> {
    Err(CheckError::unavailable("the store is down"))
}

#[policy(any(role = "admin", check = never_answers))]
struct Available;

#[require_auth(all(check = |Path(_): Path<u32>| true, policy = Available))]
async fn available() {}

#[tokio::test]
async fn the_log_names_the_check_of_a_policy_by_its_description() {
    let issuer = Issuer::new(ISSUER, AUDIENCE);
    let auth = build(Auth::builder().bearer(issuer.jwt()));
    let app = Router::new()
        .route("/{number}", routing::get(available))
        .with_auth(auth);
    let server = Server::start(app).await;
    let capture = Capture::start();
    let request = Request::get("/1").bearer(issuer.token("alice").sign());
    // Once a second for all routes that share a throttle.
    eventually("it is logged", async || {
        assert_eq!(server.send(&request).await.status, 503);
        capture.take_runtime_events().iter().any(|event| {
            event.level == Level::ERROR && event.field("check") == Some("the store answers")
        })
    })
    .await;
}

#[test]
fn the_access_map_shows_the_descriptions_of_named_checks() {
    let routes: Router<Runs> = Router::new()
        .route("/even/{number}", routing::get(even_and_edit))
        .route("/between/{number}", routing::get(between));
    let text = routes.access_map().to_string();
    assert!(text.contains(r#"check("the number is even")"#), "{text}");
    assert!(
        text.contains(r#"policy = CanEdit: any(role = "editor", check("is_odd"))"#),
        "{text}"
    );
}

#[test]
fn the_access_map_numbers_the_checks_of_the_whole_rule() {
    let routes: Router<Runs> = Router::new().route("/between/{number}", routing::get(between));
    let map: Value = serde_json::from_str(&routes.access_map().to_json()).unwrap();
    let mut numbers = Vec::new();
    collect_numbers(&map, &mut numbers);
    assert_eq!(numbers, [1, 2, 3, 4, 5]);
}

fn collect_numbers(value: &Value, numbers: &mut Vec<u64>) {
    match value {
        Value::Array(elements) => elements
            .iter()
            .for_each(|one| collect_numbers(one, numbers)),
        Value::Object(members) => {
            numbers.extend(members.get("number").and_then(Value::as_u64));
            members
                .values()
                .for_each(|one| collect_numbers(one, numbers));
        }
        _ => {}
    }
}

/// The faults of a router for which `CanEdit`, whose check takes `Runs`, is required.
fn fault(routes: impl FnOnce(Router<Runs>) -> Router) -> Option<String> {
    let auth = build(Auth::builder().bearer(Issuer::new(ISSUER, AUDIENCE).jwt()));
    let finished = routes(Router::new().route("/handler/{number}", routing::get(any_number)));
    finished
        .try_with_auth(auth)
        .err()
        .map(|error| error.to_string())
}

#[tokio::test]
async fn a_required_check_that_takes_the_state_needs_a_handler_with_this_state() {
    assert_eq!(
        fault(|routes| routes.require::<CanEdit>().with_state(Runs::default())),
        None
    );
    let service = guard::<Anyone>().layer(service_fn(|_: AxumRequest| async {
        Ok::<_, Infallible>("served".into_response())
    }));
    let with_service = fault(|routes| {
        let routes = routes.route_service("/service/{number}", service);
        routes.require::<CanEdit>().with_state(Runs::default())
    });
    let fault = with_service.unwrap();
    assert!(fault.contains("/service/{number}"), "{fault}");
    assert!(fault.contains("CanEdit"), "{fault}");
    assert!(fault.contains("does not get the state"), "{fault}");
}

#[policy]
struct Anyone;

/// Its check takes no state.
#[policy(check = is_even)]
struct Even;

#[tokio::test]
async fn a_required_check_without_state_runs_before_services_and_after_with_state() {
    let issuer = Issuer::new(ISSUER, AUDIENCE);
    let auth = build(Auth::builder().bearer(issuer.jwt()));
    let service = guard::<Anyone>().layer(service_fn(|_: AxumRequest| async {
        Ok::<_, Infallible>("served".into_response())
    }));
    let app = Router::new()
        .route("/handler/{number}", routing::get(edit))
        .with_state(Runs::default())
        .route_service("/service/{number}", service)
        .require::<Even>()
        .with_auth(auth);
    let server = Server::start(app).await;
    for (path, status) in [
        ("/handler/2", 200),
        ("/handler/3", 403),
        ("/service/2", 200),
        ("/service/3", 403),
    ] {
        let token = issuer.token("alice").role("editor").sign();
        let response = server.send(&Request::get(path).bearer(token)).await;
        assert_eq!(response.status, status, "{path}");
    }
}
