//! `guard::<P>()` as a tower layer: in `auth_runtime::Router`, in axum's, and without an `Auth`.

use std::convert::Infallible;
use std::future::{Ready, ready};
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};

use auth_runtime::routing::{any_service, get_service, on_service};
use auth_runtime::{Auth, Identity, Router, guard};
use auth_tests::application::build;
use auth_tests::client::Request;
use auth_tests::clock::eventually;
use auth_tests::logs::Capture;
use auth_tests::server::Server;
use axum::body::Body;
use axum::extract::Request as AxumRequest;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::MethodFilter;
use tower::{Service, ServiceBuilder, ServiceExt, service_fn};
use tracing::Level;

use super::{CanRead, Staff, bare, get, name, send, token, trust};

/// Gives back the body it got, and counts. It is ready once each time it was asked whether it is, and
/// panics if it was not.
struct Echo {
    count: Arc<AtomicUsize>,
    is_ready: bool,
}

impl Echo {
    fn new() -> (Self, Arc<AtomicUsize>) {
        let count = Arc::new(AtomicUsize::new(0));
        let echo = Self {
            count: Arc::clone(&count),
            is_ready: false,
        };
        (echo, count)
    }
}

impl Clone for Echo {
    /// `poll_ready` was not called on the clone.
    fn clone(&self) -> Self {
        Self {
            count: Arc::clone(&self.count),
            is_ready: false,
        }
    }
}

impl Service<AxumRequest> for Echo {
    type Response = Response;
    type Error = Infallible;
    type Future = Ready<Result<Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.is_ready = true;
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: AxumRequest) -> Self::Future {
        assert!(self.is_ready, "called without poll_ready");
        self.is_ready = false;
        self.count.fetch_add(1, Ordering::SeqCst);
        ready(Ok(Response::new(request.into_body())))
    }
}

/// The service at `/x` of every application that it can be in.
fn applications(auth: &Auth, echo: &Echo) -> Vec<(&'static str, axum::Router)> {
    let guarded = || guard::<CanRead>().layer(echo.clone());
    let ours = |router: Router| router.with_auth(auth.clone());
    let axums = |router: axum::Router| router.layer(auth.layer());
    let on_two = || {
        let methods = MethodFilter::GET.or(MethodFilter::POST);
        on_service(methods, guarded())
    };
    vec![
        ("route", ours(Router::new().route_service("/x", guarded()))),
        ("nest", ours(Router::new().nest_service("/x", guarded()))),
        ("fallback", ours(Router::new().fallback_service(guarded()))),
        (
            "methods",
            ours(Router::new().route("/x", get_service(guarded()).post_service(guarded()))),
        ),
        ("on", ours(Router::new().route("/x", on_two()))),
        (
            "any",
            ours(Router::new().route("/x", any_service(guarded()))),
        ),
        (
            "required",
            ours(
                Router::new()
                    .route_service("/x", guarded())
                    .require::<CanRead>(),
            ),
        ),
        (
            "required and unguarded",
            ours(
                Router::new()
                    .route_service_unguarded("/x", echo.clone(), "a test")
                    .require::<CanRead>(),
            ),
        ),
        (
            "twice",
            ours(Router::new().route_service("/x", guard::<CanRead>().layer(guarded()))),
        ),
        (
            "axum",
            axums(axum::Router::new().route_service("/x", guarded())),
        ),
        (
            "axum's layer",
            axums(
                axum::Router::new()
                    .route_service("/x", echo.clone())
                    .layer(guard::<CanRead>()),
            ),
        ),
        (
            "axum's route_layer",
            axums(
                axum::Router::new()
                    .route_service("/x", echo.clone())
                    .route_layer(guard::<CanRead>()),
            ),
        ),
        (
            "a stack of layers",
            axum::Router::new().route_service(
                "/x",
                ServiceBuilder::new()
                    .layer(auth.layer())
                    .layer(guard::<CanRead>())
                    .service(echo.clone()),
            ),
        ),
    ]
}

#[tokio::test]
async fn a_guarded_service_is_called_only_for_callers_that_satisfy_the_policy() {
    let (issuer, auth) = trust();
    let (echo, count) = Echo::new();
    let reader = token(&issuer, "read", false);
    let weak = token(&issuer, "other", false);
    for (what, app) in applications(&auth, &echo) {
        let server = Server::start(app).await;
        let before = count.load(Ordering::SeqCst);
        let anonymous = get(&server, "/x", None).await;
        assert_eq!(anonymous.status, 401, "{what}");
        let challenge = r#"Bearer realm="api", scope="read""#;
        assert_eq!(anonymous.challenges(), [challenge], "{what}");
        assert_eq!(get(&server, "/x", Some("x")).await.status, 401, "{what}");
        assert_eq!(get(&server, "/x", Some(&weak)).await.status, 403, "{what}");
        assert_eq!(count.load(Ordering::SeqCst), before, "{what}");
        // Much more than a buffer, and as it is.
        let body = "0123456789abcdef".repeat(64 * 1024);
        let request = Request::post("/x", "text/plain", &body).bearer(&reader);
        let response = server.send(&request).await;
        assert_eq!(response.status, 200, "{what}");
        assert!(response.body == body.as_bytes(), "{what}");
        assert_eq!(count.load(Ordering::SeqCst), before + 1, "{what}");
    }
}

#[tokio::test]
async fn a_guarded_service_without_an_auth_is_not_called_and_the_log_says_why() {
    let (issuer, _) = trust();
    let (echo, count) = Echo::new();
    let app = axum::Router::new().route_service("/x", guard::<CanRead>().layer(echo));
    let server = Server::start(app).await;
    let capture = Capture::start();
    for bearer in [None, Some(token(&issuer, "read", true))] {
        let response = get(&server, "/x", bearer.as_deref()).await;
        assert_eq!(response.status, 500);
        assert!(response.challenges().is_empty());
    }
    assert_eq!(count.load(Ordering::SeqCst), 0);
    // One event a second is logged for several names, and other tests cause some as well.
    eventually("it is logged", async || {
        get(&server, "/x", None).await;
        capture.take_runtime_events().iter().any(|event| {
            event.level == Level::ERROR
                && event.message().contains("no `Auth` in the request")
                && event
                    .field("policy")
                    .is_some_and(|policy| policy.ends_with("CanRead"))
        })
    })
    .await;
}

#[derive(Clone)]
struct Unready;

impl Service<AxumRequest> for Unready {
    type Response = Response;
    type Error = io::Error;
    type Future = Ready<Result<Response, io::Error>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), io::Error>> {
        Poll::Ready(Err(io::Error::other("never ready")))
    }

    fn call(&mut self, _: AxumRequest) -> Self::Future {
        unreachable!("it is never ready")
    }
}

#[tokio::test]
async fn errors_of_a_guarded_service_are_passed_on() {
    let (issuer, auth) = trust();
    let reader = token(&issuer, "read", false);
    let fails = service_fn(|_: AxumRequest| async {
        Err::<Response, _>(io::Error::other("the disk is full"))
    });
    let to_text =
        |error: io::Error| async move { (StatusCode::INSUFFICIENT_STORAGE, error.to_string()) };
    let route = || get_service(guard::<CanRead>().layer(fails)).handle_error(to_text);
    let app = Router::new()
        .route("/x", route())
        .merge(Router::new().route("/y", route()).require::<CanRead>())
        .with_auth(auth.clone());
    let server = Server::start(app).await;
    for path in ["/x", "/y"] {
        assert_eq!(get(&server, path, None).await.status, 401);
        let response = get(&server, path, Some(&reader)).await;
        assert_eq!(
            (response.status, response.text().as_str()),
            (507, "the disk is full")
        );
    }

    // Called directly, because the error is not converted into a response.
    let stack = || {
        ServiceBuilder::new()
            .layer(auth.layer())
            .layer(guard::<CanRead>())
    };
    let request = |token: &str| {
        let value = format!("Bearer {token}");
        let request = AxumRequest::get("/").header("authorization", value);
        request.body(Body::empty()).unwrap()
    };
    let error = stack().service(fails).oneshot(request(&reader)).await;
    assert_eq!(error.unwrap_err().to_string(), "the disk is full");
    let refused = stack().service(fails).oneshot(request("x")).await;
    assert_eq!(refused.unwrap().status(), 401);
    let error = stack().service(Unready).oneshot(request(&reader)).await;
    assert_eq!(error.unwrap_err().to_string(), "never ready");
}

#[tokio::test]
async fn a_guard_layer_on_an_auth_router_adds_a_rule() {
    let (issuer, auth) = trust();
    let app = Router::new()
        .route(
            "/layer",
            auth_runtime::routing::get(super::read).layer(guard::<Staff>()),
        )
        .nest(
            "/router",
            Router::new()
                .route("/public", auth_runtime::routing::get(super::public))
                .layer(guard::<Staff>()),
        )
        .with_auth(auth);
    let server = Server::start(app).await;
    let staff = token(&issuer, "", true);
    let reader = token(&issuer, "read", false);
    let both = token(&issuer, "read", true);
    let status = async |path: &str, bearer: Option<&str>| get(&server, path, bearer).await.status;
    assert_eq!(status("/layer", None).await, 401);
    assert_eq!(status("/layer", Some(&staff)).await, 403);
    assert_eq!(status("/layer", Some(&reader)).await, 403);
    assert_eq!(status("/layer", Some(&both)).await, 200);
    assert_eq!(status("/router/public", None).await, 401);
    assert_eq!(status("/router/public", Some(&reader)).await, 403);
    assert_eq!(status("/router/public", Some(&staff)).await, 200);
}

#[tokio::test]
async fn an_application_behind_a_guard_layer_routes_its_own_paths() {
    let (issuer, auth) = trust();
    let inner = axum::Router::new()
        .route("/bare", axum::routing::get(bare))
        .fallback(async || (StatusCode::NOT_FOUND, "not here").into_response());
    let app = Router::new()
        .nest_service("/app", guard::<Staff>().layer(inner))
        .with_auth(auth);
    let server = Server::start(app).await;
    let staff = token(&issuer, "", true);
    for (method, path, status, text) in [
        ("GET", "/app/bare", 200, "bare: alice"),
        ("POST", "/app/bare", 405, ""),
        ("GET", "/app/x", 404, "not here"),
    ] {
        let response = send(&server, method, path, Some(&staff)).await;
        assert_eq!((response.status, response.text().as_str()), (status, text));
        assert_eq!(send(&server, method, path, None).await.status, 401);
    }
}

async fn names_its_caller(request: AxumRequest) -> Result<Response, Infallible> {
    let caller = request.extensions().get::<Identity>();
    Ok(name(caller).to_owned().into_response())
}

#[tokio::test]
async fn a_guarded_service_sees_only_the_caller_of_its_own_guard() {
    let (issuer, auth) = trust();
    let (other_issuer, _) = trust();
    let here: SocketAddr = "127.0.0.1:3000".parse().unwrap();
    let other = Auth::builder().bearer(other_issuer.jwt());
    let only_reports = build(other.report_only(here).report_only_beyond_loopback());
    let service = || guard::<CanRead>().layer(service_fn(names_its_caller));
    // The inner `Auth` does not know the callers of the outer one, and lets them through.
    let inner = axum::Router::new()
        .route_service("/x", service())
        .layer(only_reports.layer());
    let app = Router::new()
        .route_service("/x", service())
        .nest_service("/app", guard::<CanRead>().layer(inner))
        .with_auth(auth);
    let server = Server::start(app).await;
    let reader = token(&issuer, "read", false);
    assert_eq!(get(&server, "/x", Some(&reader)).await.text(), "alice");
    assert_eq!(
        get(&server, "/app/x", Some(&reader)).await.text(),
        "anonymous"
    );
}
