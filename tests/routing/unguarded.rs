//! Unguarded routes behave like axum's.

use auth_runtime::policy;
use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::{HeaderMap, StatusCode};
use axum::routing;
use tower::ServiceExt;

use crate::kit::compare::TRUST;
use crate::kit::handlers::{bare, guarded, names};
use crate::kit::services;

async fn answer(app: &axum::Router, line: &str) -> (StatusCode, HeaderMap, String) {
    let (method, uri) = line.split_once(' ').unwrap();
    let request = Request::builder().method(method).uri(uri);
    let request = request.body(Body::empty()).unwrap();
    let (parts, body) = app.clone().oneshot(request).await.unwrap().into_parts();
    let body = to_bytes(body, usize::MAX).await.unwrap();
    let body = String::from_utf8_lossy(&body).into_owned();
    (parts.status, parts.headers, body)
}

async fn same(bare: axum::Router, unguarded: auth_runtime::Router, lines: &[&str]) {
    let unguarded = unguarded.with_auth(TRUST.auth.clone());
    for line in lines {
        assert_eq!(
            answer(&unguarded, line).await,
            answer(&bare, line).await,
            "{line}"
        );
    }
}

#[tokio::test]
async fn unguarded_routes_are_routed_like_axum() {
    const WHY: &str = "compared with axum";
    let methods = || routing::get(bare::place).put(bare::alpha);
    let within = || {
        axum::Router::new()
            .route("/", methods())
            .route("/{id}/x", methods())
            .fallback(bare::inner)
    };
    let beside = || axum::Router::new().route("/beside/{*rest}", methods());
    let service = services::bare::service::<names::beta>;
    let app = axum::Router::new()
        .route("/route", methods())
        .route_service("/service", service())
        .nest("/nested/{a}", within())
        .nest_service("/mounted", service())
        .merge(beside())
        .method_not_allowed_fallback(bare::gamma)
        .fallback(bare::outer);
    let ours = auth_runtime::Router::new()
        .route_unguarded("/route", methods(), WHY)
        .route_service_unguarded("/service", service(), WHY)
        .nest_unguarded("/nested/{a}", within(), WHY)
        .nest_service_unguarded("/mounted", service(), WHY)
        .merge_unguarded(beside(), WHY)
        .method_not_allowed_fallback_unguarded(bare::gamma, WHY)
        .fallback_unguarded(bare::outer, WHY);
    let lines = [
        "GET /route?a",
        "HEAD /route",
        "PUT /route",
        "POST /route",
        "GET /route/",
        "GET /service",
        "GET /nested/1",
        "PUT /nested/1",
        "POST /nested/1",
        "GET /nested/1/2/x",
        "GET /nested/1/2",
        "GET /nested/1/",
        "GET /nested",
        "GET /mounted",
        "GET /mounted/",
        "PURGE /mounted/x",
        "GET /beside/1/2",
        "GET /beside",
        "POST /beside/1",
        "GET /",
        "CONNECT example.com:443",
    ];
    same(app, ours, &lines).await;
}

#[tokio::test]
async fn an_unguarded_fallback_service_routes_like_axum() {
    let service = services::bare::service::<names::beta>;
    same(
        axum::Router::new().fallback_service(service()),
        auth_runtime::Router::new().fallback_service_unguarded(service(), "for a test"),
        &["GET /", "POST /x", "CONNECT example.com:443"],
    )
    .await;
}

/// A guarded method fallback of an unguarded route keeps its policy.
#[tokio::test]
async fn a_guarded_method_fallback_of_an_unguarded_route_is_guarded() {
    let routes = || {
        auth_runtime::Router::new()
            .route_unguarded("/route", routing::get(bare::alpha), "for a test")
            .method_not_allowed_fallback(guarded::outer)
    };
    let app = routes().with_auth(TRUST.auth.clone());
    assert_eq!(answer(&app, "GET /route").await.0, 200);
    assert_eq!(answer(&app, "POST /route").await.0, 401);

    let map = routes().access_map();
    let rows: Vec<_> = map
        .routes()
        .iter()
        .map(|row| (row.method(), row.path(), row.reason()))
        .collect();
    let both = [("*", "/route", Some("for a test")), ("*", "/route", None)];
    assert_eq!(rows, both, "the map knows of both");
}

/// A rule of the whole router also applies to that handler.
#[tokio::test]
async fn a_required_policy_applies_to_other_methods_of_an_unguarded_route() {
    #[policy(role = "staff")]
    struct Staff;

    let unguarded = [
        auth_runtime::Router::new().route_unguarded("/x", routing::get(bare::alpha), "for a test"),
        auth_runtime::Router::new().nest_unguarded(
            "/x",
            axum::Router::new().route("/", routing::get(bare::alpha)),
            "for a test",
        ),
        auth_runtime::Router::new().merge_unguarded(
            axum::Router::new().route("/x", routing::get(bare::alpha)),
            "for a test",
        ),
        auth_runtime::Router::new().route("/x", auth_runtime::routing::MethodRouter::new()),
        auth_runtime::Router::new().nest(
            "/x",
            auth_runtime::Router::new().route("/", auth_runtime::routing::MethodRouter::new()),
        ),
    ];
    for routes in unguarded {
        let app = routes
            .method_not_allowed_fallback_unguarded(bare::gamma, "for a test")
            .require::<Staff>()
            .with_auth(TRUST.auth.clone());
        for (credential, status) in [(None, 401), (Some(&TRUST.credential), 403)] {
            let request = Request::post("/x");
            let request = match credential {
                Some(credential) => request.header("authorization", credential),
                None => request,
            };
            let request = request.body(Body::empty()).unwrap();
            assert_eq!(app.clone().oneshot(request).await.unwrap().status(), status);
        }
    }
}

#[tokio::test]
#[should_panic(expected = "`Router::route_service` cannot be used with `Router`s")]
async fn a_router_as_the_service_of_a_route_panics() {
    let _: auth_runtime::Router = auth_runtime::Router::new().route_service_unguarded(
        "/",
        axum::Router::<()>::new(),
        "for a test",
    );
}

/// axum takes a `MethodRouter` as a fallback; here it is added as unguarded, or behind a guard.
#[tokio::test]
async fn an_unguarded_method_router_as_fallback_routes_like_axum() {
    let methods = || routing::get(bare::alpha).fallback(bare::inner);
    same(
        axum::Router::new().fallback(methods()),
        auth_runtime::Router::new().fallback_unguarded(methods(), "for a test"),
        &["GET /x", "POST /x", "HEAD /"],
    )
    .await;
}

/// A handler that is not a function cannot have a policy.
#[tokio::test]
async fn an_unguarded_response_value_is_a_handler() {
    let methods = || routing::post((StatusCode::CREATED, "thing created"));
    same(
        axum::Router::new().route("/things", methods()),
        auth_runtime::Router::new().route_unguarded("/things", methods(), "it never changes"),
        &["POST /things", "GET /things"],
    )
    .await;
}
