//! Row I9: CORS preflights are answered by a CORS layer outside the guards. A guard treats them like
//! any other request.

use std::convert::Infallible;

use auth_runtime::routing::{self, any, any_service, on, options};
use auth_runtime::{Router, guard};
use auth_tests::client::{Request, Response};
use auth_tests::server::Server;
use axum::extract::Request as AxumRequest;
use axum::http::{HeaderName, Method};
use axum::response::{IntoResponse, Response as AxumResponse};
use axum::routing::MethodFilter;
use tower::service_fn;
use tower_http::cors::CorsLayer;

use super::{CanRead, Staff, bare, hidden, public, read, token, trust};

const ORIGIN: &str = "https://app.example";

fn cors() -> CorsLayer {
    CorsLayer::new()
        .allow_origin([ORIGIN.parse().unwrap()])
        .allow_methods([Method::GET, Method::PUT])
        .allow_headers([HeaderName::from_static("authorization")])
        .expose_headers([HeaderName::from_static("www-authenticate")])
}

fn preflight(path: &str) -> Request {
    Request::new("OPTIONS", path)
        .header("Origin", ORIGIN)
        .header("Access-Control-Request-Method", "PUT")
        .header("Access-Control-Request-Headers", "authorization")
}

async fn serve(_: AxumRequest) -> Result<AxumResponse, Infallible> {
    Ok("let in".into_response())
}

/// Routes that answer `OPTIONS`, each of which asks for the scope `read`.
fn routes() -> Router {
    let service = || guard::<CanRead>().layer(service_fn(serve));
    let of_axum = axum::Router::new()
        .route("/any", axum::routing::any(read))
        .fallback(read);
    Router::new()
        .route("/any", any(read))
        .route("/options", options(read))
        .route("/on", on(MethodFilter::OPTIONS.or(MethodFilter::PUT), read))
        .route("/method-fallback", routing::get(read).fallback(read))
        .route("/any-service", any_service(service()))
        .route_service("/service", service())
        .nest_service("/below", service())
        .nest("/area", Router::new().fallback(read))
        .nest("/nested", Router::new().route("/any", any(read)))
        .nest_unguarded("/of-axum", of_axum, "a test")
        .merge(
            Router::new()
                .route("/required", any(public))
                .route_unguarded("/required-bare", axum::routing::any(bare), "a test")
                .route_service_unguarded("/required-service", service_fn(serve), "a test")
                .require::<CanRead>(),
        )
        .fallback(read)
}

const PATHS: &[&str] = &[
    "/any",
    "/options",
    "/on",
    "/method-fallback",
    "/any-service",
    "/service",
    "/below/x",
    "/area/x",
    "/nested/any",
    "/of-axum/any",
    "/of-axum/x",
    "/required",
    "/required-bare",
    "/required-service",
    "/no-such-path",
];

#[tokio::test]
async fn i9_a_cors_preflight_needs_the_same_credentials_as_any_request() {
    let (issuer, auth) = trust();
    let app = routes().with_auth(auth);
    let server = Server::start(app).await;
    let reader = token(&issuer, "read", false);
    for path in PATHS {
        let response = server.send(&preflight(path)).await;
        assert_eq!(response.status, 401, "{path}");
        let challenge = r#"Bearer realm="api", scope="read""#;
        assert_eq!(response.challenges(), [challenge], "{path}");
        let response = server.send(&preflight(path).bearer("x")).await;
        assert_eq!(response.status, 401, "{path}");
        // A guard asks of it what it asks of any request.
        let response = server.send(&preflight(path).bearer(&reader)).await;
        assert_eq!(response.status, 200, "{path}");
    }
}

#[tokio::test]
async fn i9_a_cors_preflight_is_405_on_a_route_without_options() {
    let (_, auth) = trust();
    let app = Router::new()
        .route("/read", routing::get(read))
        .with_auth(auth);
    let server = Server::start(app).await;
    let response = server.send(&preflight("/read")).await;
    assert_eq!(response.status, 405);
    assert_eq!(response.one("allow").as_deref(), Some("GET,HEAD"));
}

fn assert_allowed(response: &Response, what: &str) {
    let origin = response.one("access-control-allow-origin");
    assert_eq!(origin.as_deref(), Some(ORIGIN), "{what}");
}

#[tokio::test]
async fn i9_an_outer_cors_layer_answers_preflights_and_adds_headers_to_refusals() {
    let (issuer, auth) = trust();
    let with_more = || routes().route("/read", routing::get(read));
    // In the router, and around the finished one.
    let within = with_more().layer(cors()).with_auth(auth.clone());
    let around = with_more().with_auth(auth).layer(cors());
    let reader = token(&issuer, "read", false);
    let weak = token(&issuer, "other", false);
    for app in [within, around] {
        let server = Server::start(app).await;
        for path in PATHS.iter().chain(&["/read"]) {
            let response = server.send(&preflight(path)).await;
            assert_eq!((response.status, response.body.len()), (200, 0), "{path}");
            assert!(response.challenges().is_empty(), "{path}");
            assert_allowed(&response, path);
            let methods = response.one("access-control-allow-methods");
            assert_eq!(methods.as_deref(), Some("GET,PUT"), "{path}");
        }
        for (path, bearer, status) in [
            ("/read", None, 401),
            ("/read", Some("x"), 401),
            ("/read", Some(weak.as_str()), 403),
            ("/read", Some(&reader), 200),
            ("/service", None, 401),
            ("/service", Some(&weak), 403),
            ("/required-bare", None, 401),
            ("/area/x", Some(&weak), 403),
        ] {
            let request = Request::get(path).header("Origin", ORIGIN);
            let request = bearer.map_or(request.clone(), |bearer| request.bearer(bearer));
            let response = server.send(&request).await;
            assert_eq!(response.status, status, "{path}");
            assert_allowed(&response, path);
            let exposed = response.one("access-control-expose-headers");
            assert_eq!(exposed.as_deref(), Some("www-authenticate"), "{path}");
            assert_eq!(response.challenges().is_empty(), status == 200, "{path}");
        }
        // Not of an origin that is allowed: its script reads nothing.
        let request = Request::get("/read").header("Origin", "https://evil.example");
        let response = server.send(&request).await;
        assert_eq!(response.status, 401);
        assert_eq!(response.one("access-control-allow-origin"), None);
    }
}

/// The layer stands where it is added: what is added later is not behind it.
#[tokio::test]
async fn an_inner_cors_layer_answers_for_its_own_routes_only() {
    let (_, auth) = trust();
    let app = Router::new()
        .route("/with", any(read).layer(cors()))
        .nest(
            "/with",
            Router::new().route("/any", any(read)).layer(cors()),
        )
        .route("/without", any(read))
        // What is required later is asked further in, too.
        .require::<Staff>()
        .with_auth(auth);
    let server = Server::start(app).await;
    for path in ["/with", "/with/any"] {
        let response = server.send(&preflight(path)).await;
        assert_eq!((response.status, response.body.len()), (200, 0), "{path}");
        assert_allowed(&response, path);
        let request = Request::get(path).header("Origin", ORIGIN);
        let response = server.send(&request).await;
        assert_eq!(response.status, 401, "{path}");
        assert_allowed(&response, path);
    }
    let response = server.send(&preflight("/without")).await;
    assert_eq!(response.status, 401);
    assert_eq!(response.one("access-control-allow-origin"), None);
}

#[tokio::test]
async fn c7_an_outer_cors_layer_does_not_reveal_a_hidden_route() {
    let (issuer, auth) = trust();
    let app = Router::new()
        .route("/hidden", routing::get(hidden))
        .layer(cors())
        .with_auth(auth);
    let server = Server::start(app).await;
    let weak = token(&issuer, "other", false);
    for method in ["GET", "HEAD"] {
        let answer = async |path: &str| {
            let request = Request::new(method, path).header("Origin", ORIGIN);
            server.send(&request.bearer(&weak)).await.comparable()
        };
        let no_such_path = answer("/no-such-path").await;
        assert_eq!(no_such_path.status, 404);
        assert_eq!(answer("/hidden").await, no_such_path);
    }
}
