//! Row C7: a hidden route is answered like a missing path, also behind a guard in a layer. Where that
//! is not possible, finishing the router fails.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use auth_runtime::render::Rendering;
use auth_runtime::router::RouterFault;
use auth_runtime::{Auth, CheckError, Guard, Router, guard, policy, require_auth, routing};
use auth_tests::application::build;
use auth_tests::client::Request;
use auth_tests::logs::Capture;
use auth_tests::server::Server;
use axum::body::{Body, Bytes, HttpBody, to_bytes};
use axum::extract::{FromRequestParts, Request as AxumRequest};
use axum::handler::Handler;
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode};
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use http_body::{Frame, SizeHint};
use tower::service_fn;

use crate::kinds::Badge;

use super::{Staff, get, hidden, hidden_always, looks, public, read, token, trust};

/// Hides as far as the routes behind it do.
#[policy(role = "staff", hide = "always")]
struct HiddenStaff;

fn fault(routes: Router) -> Option<String> {
    let (_, auth) = trust();
    let error = routes.try_with_auth(auth).err()?;
    assert!(
        matches!(error.faults(), [RouterFault::HiddenRouteExposed { .. }]),
        "{error}"
    );
    Some(error.to_string())
}

fn read_routes() -> Router {
    Router::new().route("/read", routing::get(read))
}

fn hidden_routes() -> Router {
    Router::new().route("/hidden", routing::get(hidden_always))
}

#[test]
fn a_guard_layer_that_exposes_a_hidden_route_is_a_fault() {
    let route_layer = fault(hidden_routes().route_layer(guard::<Staff>())).expect("a fault");
    assert_eq!(
        route_layer,
        "`GET /hidden` (http::router::hidden_always): its rule has `hide`, but the guard \
         `http::router::Staff` in a layer around it answers 401 or 403, where a missing path gets \
         404: write `.require::<Staff>()` instead of the layer, or give the policy the same `hide`"
    );
    let layered = || routing::get(hidden_always).layer(guard::<Staff>());
    for routes in [
        Router::new().route("/hidden", layered()),
        Router::new().route("/hidden", routing::get(hidden).layer(guard::<Staff>())),
        Router::new().route(
            "/hidden",
            routing::get(hidden_always).route_layer(guard::<Staff>()),
        ),
        Router::new().nest("/area", Router::new().route("/hidden", layered())),
        // The missing paths are answered by the router outside.
        Router::new().nest("/area", hidden_routes().layer(guard::<Staff>())),
        // The fallback was added after the layer.
        hidden_routes().layer(guard::<Staff>()).fallback(public),
        hidden_routes()
            .fallback(public)
            .route_layer(guard::<Staff>()),
        hidden_routes()
            .fallback(public)
            .layer(guard::<Staff>())
            .reset_fallback(),
        // Of two empty 404s axum takes the other's.
        hidden_routes().layer(guard::<Staff>()).merge(read_routes()),
        // The rule of the route is that of a layer, too.
        Router::new()
            .route("/hidden", routing::get(|_: Guard<HiddenStaff>| async {}))
            .route_layer(guard::<HiddenStaff>())
            .route_layer(guard::<Staff>()),
        // Hidden by a layer only.
        read_routes()
            .route_layer(guard::<HiddenStaff>())
            .route_layer(guard::<Staff>()),
    ] {
        let map = routes.access_map().to_string();
        assert!(fault(routes).is_some(), "{map}");
    }
}

#[test]
fn a_guard_layer_that_exposes_no_hidden_route_is_accepted() {
    for routes in [
        hidden_routes().require::<Staff>(),
        hidden_routes().layer(guard::<Staff>()),
        read_routes().merge(hidden_routes().layer(guard::<Staff>())),
        hidden_routes().fallback(public).layer(guard::<Staff>()),
        Router::new()
            .nest("/area", hidden_routes())
            .layer(guard::<Staff>()),
        Router::new().nest(
            "/area",
            hidden_routes().fallback(public).layer(guard::<Staff>()),
        ),
        hidden_routes().route_layer(guard::<HiddenStaff>()),
        Router::new()
            .route("/read", routing::get(read))
            .route_layer(guard::<Staff>())
            .merge(hidden_routes()),
    ] {
        assert_eq!(fault(routes), None);
    }
}

#[test]
fn missing_paths_answering_401_beside_an_always_hidden_route_are_a_fault() {
    let (_, auth) = trust();
    let fault = |routes: Router| routes.try_with_auth(auth.clone()).err();
    for routes in [
        hidden_routes().fallback(read),
        hidden_routes().merge(read_routes().layer(guard::<Staff>())),
        hidden_routes().fallback(public).require::<Staff>(),
        Router::new().nest("/area", hidden_routes().fallback(read)),
    ] {
        let error = fault(routes).expect("a fault");
        assert!(
            matches!(error.faults(), [RouterFault::MissingPathsGuarded { .. }]),
            "{error}"
        );
    }
    let error = fault(hidden_routes().fallback(read)).expect("a fault");
    assert_eq!(
        error.to_string(),
        "`GET /hidden` (http::router::hidden_always): its rule has `hide = \"always\"`, so it answers \
         404 to anonymous callers, but the missing paths next to it answer 401, by the policy \
         `http::router::read`: put that guard into a layer around both, remove it from the missing \
         paths, or give the policy the same `hide`"
    );
    for routes in [
        hidden_routes().fallback(public),
        hidden_routes().fallback(hidden_always),
        Router::new()
            .route("/hidden", routing::get(hidden))
            .fallback(read),
        Router::new()
            .nest("/area", hidden_routes().fallback(public))
            .fallback(read),
    ] {
        assert!(fault(routes).is_none());
    }
}

#[tokio::test]
async fn c7_a_hidden_404_with_a_rendered_body_has_the_cache_control_of_a_missing_path() {
    const NOTHING: &str = "nothing here";
    let not_found = |_: &Parts| Rendering::json(&NOTHING);
    let missing = || async { (StatusCode::NOT_FOUND, axum::Json(NOTHING)) };
    let auth = || {
        let builder = Auth::builder().authenticator(Badge::header());
        build(builder.not_found(not_found))
    };
    let plain = hidden_routes()
        .fallback_unguarded(missing, "a test")
        .with_auth(auth());
    let looked = hidden_routes()
        .fallback_unguarded(missing, "a test")
        .layer(from_fn(looks))
        .with_auth(auth());
    let axums = axum::Router::new()
        .route("/hidden", axum::routing::get(hidden_always))
        .fallback(missing)
        .layer(from_fn(looks))
        .layer(auth().layer());
    for (app, marked) in [(plain, false), (looked, true), (axums, true)] {
        let server = Server::start(app).await;
        for badge in ["bob", "forged"] {
            let send = async |path: &str| {
                let request = Request::get(path).header("X-Badge", badge);
                server.send(&request).await
            };
            let (hidden, missing) = (send("/hidden").await, send("/missing").await);
            assert_eq!(hidden.comparable(), missing.comparable(), "{badge}");
            let private = hidden.one("cache-control").is_some();
            assert_eq!(private, marked && badge == "bob");
        }
    }
}

#[tokio::test]
async fn c7_a_hidden_route_behind_a_guard_layer_is_answered_like_a_missing_path() {
    let (issuer, auth) = trust();
    let tokens = [
        None,
        Some(token(&issuer, "", false)),
        Some(token(&issuer, "read", false)),
        Some(token(&issuer, "", true)),
        Some("x".to_owned()),
    ];
    for (routes, path, missing) in [
        (
            hidden_routes().layer(guard::<Staff>()),
            "/hidden",
            "/missing",
        ),
        (
            read_routes().merge(hidden_routes().layer(guard::<Staff>())),
            "/hidden",
            "/missing",
        ),
        (
            hidden_routes().route_layer(guard::<HiddenStaff>()),
            "/hidden",
            "/missing",
        ),
        (
            Router::new().nest("/area", hidden_routes().require::<Staff>()),
            "/area/hidden",
            "/area/missing",
        ),
    ] {
        let server = Server::start(routes.with_auth(auth.clone())).await;
        for token in &tokens {
            let hidden = get(&server, path, token.as_deref()).await;
            let missing = get(&server, missing, token.as_deref()).await;
            assert_eq!(
                hidden.comparable(),
                missing.comparable(),
                "{path} {token:?}"
            );
        }
        let staff = token(&issuer, "read", true);
        assert_eq!(get(&server, path, Some(&staff)).await.status, 200);
    }
}

#[test]
fn the_map_warns_about_a_guard_layer_around_a_hidden_handler() {
    let routes: Router = Router::new().route(
        "/hidden",
        routing::get(hidden_always.layer(guard::<Staff>())),
    );
    let map = routes.access_map();
    let [warning] = map.warnings() else {
        panic!("{:?}", map.warnings())
    };
    assert_eq!(
        warning.to_string(),
        "`GET /hidden` has a guard in a layer around its handler, which this map can't show and which \
         answers 401 or 403 even if the route has `hide`: put the layer around the route, as in \
         `get(handler).layer(guard::<P>())`"
    );
}

/// Passes everything on.
async fn passes_on(request: AxumRequest, next: Next) -> Response {
    next.run(request).await
}

/// Sends the body on as a stream of unknown length.
async fn streams_the_body(request: AxumRequest, next: Next) -> Response {
    let response = next.run(request).await;
    response.map(|body| Body::from_stream(body.into_data_stream()))
}

async fn reads_the_body(request: AxumRequest, next: Next) -> Response {
    let (parts, body) = next.run(request).await.into_parts();
    let body = to_bytes(body, 1000).await.unwrap();
    Response::from_parts(parts, Body::from(body))
}

/// A body of known length whose `is_end_stream` is always false, as with some middleware.
struct Wrapped(Body);

impl HttpBody for Wrapped {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.0).poll_frame(context)
    }

    fn size_hint(&self) -> SizeHint {
        self.0.size_hint()
    }
}

async fn wraps_the_body(request: AxumRequest, next: Next) -> Response {
    let response = next.run(request).await;
    response.map(|body| Body::new(Wrapped(body)))
}

/// Adds a header field to every answer.
async fn adds_a_field(request: AxumRequest, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    headers.insert("x-request-id", HeaderValue::from_static("7"));
    response
}

async fn unreachable_service(_: AxumRequest) -> Result<Response, Infallible> {
    unreachable!("an anonymous caller is not let in")
}

/// The names of the header fields of an answer, in the order in which they were sent.
fn lines(response: &auth_tests::client::Response) -> Vec<String> {
    let names = response.headers.iter().map(|(name, _)| name.clone());
    names.collect()
}

/// The methods of routes and one that routers do not know.
const METHODS: [&str; 7] = ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "BREW"];

/// Asserts that both paths are answered with the same lines in the same order.
async fn assert_alike(server: &Server, what: &str) {
    for method in METHODS {
        let hidden = server.send(&Request::new(method, "/hidden")).await;
        let missing = server.send(&Request::new(method, "/missing")).await;
        assert_eq!(hidden.status, 404, "{what}, {method}");
        assert_eq!(
            hidden.comparable(),
            missing.comparable(),
            "{what}, {method}"
        );
        assert_eq!(lines(&hidden), lines(&missing), "{what}, {method}");
    }
}

#[tokio::test]
async fn c7_a_hidden_route_and_a_missing_path_send_the_same_lines_in_the_same_order() {
    let (_, auth) = trust();
    let routes = || Router::new().route("/hidden", routing::any(hidden_always));
    let service = || guard::<HiddenStaff>().layer(service_fn(unreachable_service));
    for (what, routes) in [
        ("a route", routes()),
        (
            "a service",
            Router::new().route_service("/hidden", service()),
        ),
        (
            "middleware around the handler",
            Router::new().route(
                "/hidden",
                routing::any(hidden_always.layer(from_fn(passes_on))),
            ),
        ),
        (
            "middleware around the route",
            routes().route_layer(from_fn(passes_on)),
        ),
        (
            "middleware around everything",
            routes().layer(from_fn(adds_a_field)),
        ),
        (
            "middleware around a nested service",
            Router::new()
                .nest_service("/hidden", service())
                .layer(from_fn(adds_a_field)),
        ),
        (
            "middleware that reads the body",
            routes().layer(from_fn(reads_the_body)),
        ),
        (
            "middleware that reads the body of the route",
            routes().route_layer(from_fn(reads_the_body)),
        ),
        (
            "middleware that wraps the body",
            routes().layer(from_fn(wraps_the_body)),
        ),
        (
            "middleware that wraps the body of the route",
            routes().route_layer(from_fn(wraps_the_body)),
        ),
        (
            "middleware that streams the body",
            routes().layer(from_fn(streams_the_body)),
        ),
        (
            "a rule of the router",
            routes().require::<Staff>().layer(from_fn(adds_a_field)),
        ),
    ] {
        let server = Server::start(routes.with_auth(auth.clone())).await;
        assert_alike(&server, what).await;
    }
    let axums = || {
        axum::Router::new()
            .route("/hidden", axum::routing::any(hidden_always))
            .layer(auth.layer())
    };
    for app in [axums(), axums().layer(from_fn(adds_a_field))] {
        assert_alike(&Server::start(app).await, "axum's router").await;
    }
}

/// An extractor of a check that answers by itself.
struct Busy;

impl<S: Sync> FromRequestParts<S> for Busy {
    type Rejection = StatusCode;

    async fn from_request_parts(_: &mut Parts, _: &S) -> Result<Self, StatusCode> {
        Err(StatusCode::SERVICE_UNAVAILABLE)
    }
}

#[require_auth(hide = "always", check = |_: Busy| true)]
async fn hidden_busy() {}

#[require_auth(hide = "always", check = || Err::<bool, _>(CheckError::unavailable("down")))]
async fn hidden_unavailable() {}

#[require_auth(hide = "always", check = || -> bool { panic!("a check panics") })]
async fn hidden_panic() {}

#[tokio::test]
async fn c7_an_outage_does_not_reveal_an_always_hidden_route() {
    let auth = build(Auth::builder().authenticator(Badge::header()));
    let routes = Router::new()
        .route("/hidden", routing::get(hidden_always))
        .route("/shown", routing::get(hidden))
        .route("/busy", routing::get(hidden_busy))
        .route("/unavailable", routing::get(hidden_unavailable))
        .route("/panic", routing::get(hidden_panic));
    let server = Server::start(routes.with_auth(auth)).await;
    let send = async |path: &str, badge: &str| {
        let request = Request::get(path).header("X-Badge", badge);
        server.send(&request).await
    };
    for (path, badge, shown) in [
        ("/hidden", "down", 503),
        ("/hidden", "broken", 500),
        ("/hidden", "panic", 500),
        ("/hidden", "slow panic", 500),
        ("/hidden", "forged", 401),
        ("/busy", "bob", 403),
        ("/unavailable", "bob", 403),
        ("/panic", "bob", 403),
    ] {
        let capture = Capture::start();
        let answer = send(path, badge).await;
        let missing = send("/missing", badge).await;
        assert_eq!(answer.comparable(), missing.comparable(), "{path} {badge}");
        // The cause is in the log.
        assert!(!capture.take_runtime_events().is_empty(), "{path} {badge}");
        // A route with plain `hide` shows an outage.
        if shown != 403 {
            assert_eq!(send("/shown", badge).await.status, shown, "{badge}");
        }
    }
}
