//! Middleware sees the caller wherever it is added, without a second authentication.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use auth_runtime::authenticator::Source;
use auth_runtime::routing::{self, any};
use auth_runtime::{Auth, Claims, Identity, Router, guard};
use auth_tests::application::build;
use auth_tests::client::Request;
use auth_tests::server::Server;
use axum::extract::{FromRequestParts, Request as AxumRequest};
use axum::http::StatusCode;
use axum::http::header::AUTHORIZATION;
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use tower::service_fn;

use super::{CanRead, badges_in, bare, get, looks, public, read, send, token, trust};
use crate::kinds::Badge;

/// Allows only the subject alice.
async fn alice_only(caller: Identity, request: AxumRequest, next: Next) -> Response {
    if caller.subject() == "alice" {
        next.run(request).await
    } else {
        StatusCode::IM_A_TEAPOT.into_response()
    }
}

#[derive(serde::Deserialize)]
struct Subject {
    sub: String,
}

async fn claims(Claims(claims): Claims<Subject>, request: AxumRequest, next: Next) -> Response {
    let mut response = next.run(request).await;
    let subject = claims.sub.parse().unwrap();
    response.headers_mut().append("x-seen", subject);
    response
}

#[tokio::test]
async fn middleware_sees_the_caller_however_the_layer_is_added() {
    let (issuer, auth) = trust();
    let app = Router::new()
        .route("/method/layer", routing::get(read).layer(from_fn(looks)))
        .route(
            "/method/route-layer",
            routing::get(read).route_layer(from_fn(looks)),
        )
        .nest(
            "/router",
            Router::new()
                .route("/layer", routing::get(read))
                .layer(from_fn(looks)),
        )
        .nest(
            "/router",
            Router::new()
                .route("/route-layer", routing::get(read))
                .route_layer(from_fn(looks)),
        )
        .route("/claims", routing::get(read).layer(from_fn(claims)))
        .with_auth(auth);
    let server = Server::start(app).await;
    let reader = token(&issuer, "read", false);
    let weak = token(&issuer, "other", false);
    for path in [
        "/method/layer",
        "/method/route-layer",
        "/router/layer",
        "/router/route-layer",
    ] {
        for (bearer, status, seen) in [
            (Some(reader.as_str()), 200, "alice"),
            (Some(&weak), 403, "alice"),
            (Some("x"), 401, "401"),
            (None, 401, "anonymous"),
        ] {
            let response = get(&server, path, bearer).await;
            assert_eq!(response.status, status, "{path} {bearer:?}");
            assert_eq!(response.all("x-seen"), [seen], "{path} {bearer:?}");
        }
    }
    let response = get(&server, "/claims", Some(&reader)).await;
    assert_eq!(response.all("x-seen"), ["alice"]);
    // It needs claims, and an anonymous request has none.
    let response = get(&server, "/claims", None).await;
    assert_eq!(response.status, 401);
    assert_eq!(response.challenges(), [r#"Bearer realm="api""#]);
}

#[tokio::test]
async fn middleware_that_extracts_an_identity_refuses_anonymous_requests() {
    let (issuer, auth) = trust();
    let app = Router::new()
        .route("/public", routing::get(public))
        .route("/read", routing::get(read))
        .layer(from_fn(alice_only))
        .with_auth(auth);
    let server = Server::start(app).await;
    let alice = token(&issuer, "read", false);
    let bob = issuer.token("bob").scope("read").sign();
    for path in ["/public", "/read", "/no-such-path"] {
        let response = get(&server, path, None).await;
        assert_eq!(response.status, 401, "{path}");
        // The middleware knows of no rule.
        assert_eq!(response.challenges(), [r#"Bearer realm="api""#], "{path}");
        assert_eq!(get(&server, path, Some(&bob)).await.status, 418, "{path}");
    }
    assert_eq!(get(&server, "/public", Some(&alice)).await.text(), "public");
    let response = get(&server, "/read", Some(&alice)).await;
    assert_eq!(response.text(), "read: alice");
    assert_eq!(
        get(&server, "/no-such-path", Some(&alice)).await.status,
        404
    );
}

#[tokio::test]
async fn a_caller_is_authenticated_once_for_all_layers_and_the_guard() {
    let badge = Badge::header();
    let asked = Arc::clone(&badge.asked);
    let auth = build(Auth::builder().authenticator(badge));
    let layered = || {
        routing::get(read)
            .layer(from_fn(looks))
            .route_layer(from_fn(looks))
    };
    let service = guard::<CanRead>().layer(service_fn(|_: AxumRequest| async {
        Ok::<_, Infallible>("service".into_response())
    }));
    let app = Router::new()
        .route("/read", layered())
        .nest(
            "/nested",
            Router::new()
                .route("/read", layered())
                .layer(from_fn(looks)),
        )
        .route_service("/service", service)
        .route_unguarded("/bare", axum::routing::get(bare), "a test")
        .require::<CanRead>()
        .route_layer(from_fn(looks))
        .fallback(read)
        .layer(from_fn(looks))
        .with_auth(auth);
    let server = Server::start(app).await;
    for (path, status, layers) in [
        ("/read", 200, 4),
        ("/nested/read", 200, 5),
        ("/service", 200, 2),
        ("/bare", 200, 2),
        ("/no-such-path", 200, 1),
    ] {
        let before = asked.load(Ordering::SeqCst);
        let request = Request::get(path).header("x-badge", "bob scopes=read");
        let response = server.send(&request).await;
        assert_eq!(response.status, status, "{path}");
        assert_eq!(response.all("x-seen"), vec!["bob"; layers], "{path}");
        assert_eq!(asked.load(Ordering::SeqCst) - before, 1, "{path}");
        // And so is one who is refused.
        let request = Request::get(path).header("x-badge", "forged");
        assert_eq!(server.send(&request).await.status, 401, "{path}");
        assert_eq!(asked.load(Ordering::SeqCst) - before, 2, "{path}");
    }
}

async fn echo(request: AxumRequest) -> Result<Response, Infallible> {
    let (mut parts, _) = request.into_parts();
    let caller = Option::<Identity>::from_request_parts(&mut parts, &()).await;
    Ok(match caller {
        Ok(caller) => bare(caller).await.into_response(),
        Err(refusal) => refusal.into_response(),
    })
}

/// Everything that goes in without a policy, for each its path and method.
const UNGUARDED: &[(&str, &str)] = &[
    ("GET", "/route"),
    ("GET", "/nested/route"),
    ("GET", "/nested/fallback"),
    ("GET", "/merged"),
    ("GET", "/service"),
    ("GET", "/below/service"),
    ("POST", "/read"),
    ("GET", "/no-such-path"),
];

fn unguarded() -> Router {
    let of_axum = |path: &str| axum::Router::new().route(path, axum::routing::get(bare));
    Router::new()
        .route("/read", routing::get(read))
        .method_not_allowed_fallback_unguarded(bare, "a test")
        .route_unguarded("/route", axum::routing::get(bare), "a test")
        .nest_unguarded("/nested", of_axum("/route").fallback(bare), "a test")
        .merge_unguarded(of_axum("/merged"), "a test")
        .route_service_unguarded("/service", service_fn(echo), "a test")
        .nest_service_unguarded("/below", service_fn(echo), "a test")
        .fallback_unguarded(bare, "a test")
}

#[tokio::test]
async fn an_unguarded_handler_may_extract_the_caller() {
    let (issuer, auth) = trust();
    let alice = token(&issuer, "", false);
    let by_service = Router::new().fallback_service_unguarded(service_fn(echo), "a test");
    let by_service = Server::start(by_service.with_auth(auth.clone())).await;
    let plain = Server::start(unguarded().with_auth(auth.clone())).await;
    let layered = unguarded().layer(from_fn(looks)).with_auth(auth);
    let layered = Server::start(layered).await;
    for &(method, path) in UNGUARDED {
        for server in [&plain, &layered, &by_service] {
            let response = send(server, method, path, Some(&alice)).await;
            assert_eq!(response.text(), "bare: alice", "{method} {path}");
            let response = send(server, method, path, None).await;
            assert_eq!(response.text(), "bare: anonymous", "{method} {path}");
            let response = send(server, method, path, Some("x")).await;
            assert_eq!(response.status, 401, "{method} {path}");
        }
    }
}

/// Answers every request with the caller's name, and forwards none.
async fn answers(caller: Option<Identity>, _: AxumRequest, _: Next) -> String {
    bare(caller).await
}

#[tokio::test]
async fn a_response_of_middleware_that_read_the_caller_gets_the_privacy_headers() {
    for (source, cache, referrer) in [
        (Source::header("x-badge"), Some("private"), None),
        (Source::Cookie("badge".to_owned()), Some("private"), None),
        (
            Source::Query("badge".to_owned()),
            Some("private"),
            Some("no-referrer"),
        ),
    ] {
        let auth = badges_in(source);
        let app = Router::new()
            .route("/method", routing::get(read).layer(from_fn(answers)))
            .route("/router", any(read))
            .route_layer(from_fn(answers))
            .with_auth(auth);
        let server = Server::start(app).await;
        for path in ["/method", "/router"] {
            let request = Request::get(&format!("{path}?badge=bob"))
                .header("x-badge", "bob")
                .header("cookie", "badge=bob");
            let response = server.send(&request).await;
            assert_eq!(response.text(), "bare: bob");
            assert_eq!(response.one("cache-control").as_deref(), cache);
            assert_eq!(response.one("referrer-policy").as_deref(), referrer);
            let anonymous = server.send(&Request::get(path)).await;
            assert_eq!(anonymous.text(), "bare: anonymous");
            assert_eq!(anonymous.one("cache-control"), None);
        }
    }
}

/// A gateway that takes the credential away.
async fn strips(mut request: AxumRequest, next: Next) -> Response {
    request.headers_mut().remove(AUTHORIZATION);
    next.run(request).await
}

/// A gateway that puts another one in its place.
async fn rewrites(mut request: AxumRequest, next: Next) -> Response {
    let headers = request.headers_mut();
    if let Some(instead) = headers.remove("x-instead") {
        headers.insert(AUTHORIZATION, instead);
    }
    next.run(request).await
}

#[tokio::test]
async fn a_credential_changed_by_middleware_is_verified_again() {
    let (issuer, auth) = trust();
    let routes = || {
        Router::new()
            .route("/read", routing::get(read))
            .route_unguarded("/bare", axum::routing::get(bare), "a test")
    };
    let app = Router::new()
        .nest("/stripped", routes().layer(from_fn(strips)))
        .nest("/rewritten", routes().layer(from_fn(rewrites)))
        .layer(from_fn(looks))
        .with_auth(auth);
    let server = Server::start(app).await;
    let alice = token(&issuer, "read", false);
    let bob = issuer.token("bob").scope("read").sign();

    let response = get(&server, "/stripped/read", Some(&alice)).await;
    assert_eq!(
        (response.status, response.all("x-seen")),
        (401, vec!["alice".to_owned()])
    );
    let response = get(&server, "/stripped/bare", Some(&alice)).await;
    assert_eq!(response.text(), "bare: anonymous");

    let instead = |path: &str, value: String| {
        let request = Request::get(path).bearer(&alice);
        request.header("X-Instead", value)
    };
    let bob = format!("Bearer {bob}");
    for (path, text) in [
        ("/rewritten/read", "read: bob"),
        ("/rewritten/bare", "bare: bob"),
    ] {
        let response = server.send(&instead(path, bob.clone())).await;
        assert_eq!(response.text(), text);
        assert_eq!(response.all("x-seen"), ["alice"]);
        let response = server.send(&instead(path, "Bearer x".to_owned())).await;
        assert_eq!(response.status, 401, "{path}");
    }
}

#[tokio::test]
async fn middleware_runs_around_404_and_405_responses_as_in_axum() {
    let (issuer, auth) = trust();
    let ours = |router: Router| Server::start(router.with_auth(auth.clone()));
    let axums = |router: axum::Router| Server::start(router.layer(auth.layer()));
    let of_ours = || Router::new().route("/read", routing::get(read));
    let of_axum = || axum::Router::new().route("/read", axum::routing::get(read));
    let pairs = [
        (
            ours(of_ours().layer(from_fn(looks))).await,
            axums(of_axum().layer(from_fn(looks))).await,
        ),
        (
            ours(of_ours().route_layer(from_fn(looks))).await,
            axums(of_axum().route_layer(from_fn(looks))).await,
        ),
        (
            ours(Router::new().merge(of_ours().layer(from_fn(looks)))).await,
            axums(axum::Router::new().merge(of_axum().layer(from_fn(looks)))).await,
        ),
    ];
    let alice = token(&issuer, "read", false);
    for (ours, axums) in &pairs {
        for bearer in [None, Some(alice.as_str()), Some("x")] {
            for (method, path) in [
                ("GET", "/read"),
                ("POST", "/read"),
                ("GET", "/no-such-path"),
            ] {
                let response = send(ours, method, path, bearer).await.comparable();
                let expected = send(axums, method, path, bearer).await.comparable();
                assert_eq!(response, expected, "{method} {path} {bearer:?}");
            }
        }
    }
    let [(layer, _), (route_layer, _), _] = &pairs;
    let seen = async |server, method: &str, path: &str| {
        let response = send(server, method, path, Some(&alice)).await;
        (response.status, response.all("x-seen").len())
    };
    assert_eq!(seen(layer, "GET", "/no-such-path").await, (404, 1));
    assert_eq!(seen(layer, "POST", "/read").await, (405, 1));
    assert_eq!(seen(route_layer, "GET", "/no-such-path").await, (404, 0));
}
