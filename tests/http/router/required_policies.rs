//! `Router::require` adds a policy to all routes added before. It is checked before their own
//! policies.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use auth_runtime::routing::{self, any, get_service, on};
use auth_runtime::{Router, guard, policy, require_auth};
use auth_tests::application::build;
use auth_tests::client::Request;
use auth_tests::clock::unless_it_hangs;
use auth_tests::server::Server;
use axum::Extension;
use axum::extract::{FromRequestParts, Request as AxumRequest};
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use axum::routing::MethodFilter;
use tower::service_fn;

use super::{CanRead, Staff, bare, get, looks, optional, public, read, send, token, trust};
use crate::kinds::{Badge, bearer_and};

async fn serve(_: AxumRequest) -> Result<Response, Infallible> {
    Ok("a service".into_response())
}

/// All routes with their own rule, which requires the scope `read`.
const GUARDED: &[(&str, &str)] = &[
    ("GET", "/read"),
    ("HEAD", "/read"),
    ("DELETE", "/any"),
    ("PUT", "/on"),
    ("PATCH", "/method-fallback"),
    ("GET", "/get-service"),
    ("GET", "/service"),
    ("GET", "/below/x"),
    ("GET", "/nested/read"),
    ("GET", "/area/x"),
    ("GET", "/of-axum/read"),
    ("GET", "/no-such-path"),
];

/// Everything else.
const OPEN: &[(&str, &str)] = &[
    ("GET", "/public"),
    ("GET", "/optional"),
    ("GET", "/bare"),
    ("POST", "/bare"),
    ("GET", "/bare-service"),
    ("GET", "/below-bare/x"),
    ("GET", "/of-axum/bare"),
    ("GET", "/of-axum/fallback"),
    ("GET", "/merged"),
    ("PUT", "/read"),
];

fn routes() -> Router {
    let service = || guard::<CanRead>().layer(service_fn(serve));
    let of_axum = axum::Router::new()
        .route("/read", axum::routing::get(read))
        .route("/bare", axum::routing::get(bare))
        .fallback(bare);
    let merged = axum::Router::new().route("/merged", axum::routing::get(bare));
    Router::new()
        .route("/read", routing::get(read))
        .method_not_allowed_fallback(public)
        .route("/any", any(read))
        .route("/on", on(MethodFilter::PUT.or(MethodFilter::POST), read))
        .route("/method-fallback", routing::get(public).fallback(read))
        .route("/get-service", get_service(service()))
        .route_service("/service", service())
        .nest_service("/below", service())
        .nest("/nested", Router::new().route("/read", routing::get(read)))
        .nest("/area", Router::new().fallback(read))
        .nest_unguarded("/of-axum", of_axum, "a test")
        .route("/public", routing::get(public))
        .route("/optional", routing::get(optional))
        .route_unguarded("/bare", axum::routing::get(bare).fallback(bare), "a test")
        .route_service_unguarded("/bare-service", service_fn(serve), "a test")
        .nest_service_unguarded("/below-bare", service_fn(serve), "a test")
        .merge_unguarded(merged, "a test")
        .fallback(read)
}

#[tokio::test]
async fn a_required_policy_applies_to_every_route_in_addition_to_its_own() {
    let (issuer, auth) = trust();
    let app = routes()
        .require::<Staff>()
        .route("/later", routing::get(public))
        .with_auth(auth);
    let server = Server::start(app).await;
    let tokens = [("", false), ("read", false), ("", true), ("read", true)]
        .map(|(scopes, is_staff)| token(&issuer, scopes, is_staff));
    let [nothing, reads, staff, both] = &tokens;
    for &(method, path) in GUARDED.iter().chain(OPEN) {
        let is_guarded = GUARDED.contains(&(method, path));
        let what = format!("{method} {path}");
        let response = send(&server, method, path, None).await;
        // The policy asks for no scope, and it is the first.
        assert_eq!(response.status, 401, "{what}");
        assert_eq!(response.challenges(), [r#"Bearer realm="api""#], "{what}");
        assert_eq!(
            send(&server, method, path, Some("x")).await.status,
            401,
            "{what}"
        );
        for token in [nothing, reads] {
            let response = send(&server, method, path, Some(token)).await;
            assert_eq!(response.status, 403, "{what}");
            assert_eq!(response.challenges(), [r#"Bearer realm="api""#], "{what}");
        }
        let response = send(&server, method, path, Some(staff)).await;
        let expected = if is_guarded { 403 } else { 200 };
        assert_eq!(response.status, expected, "{what}");
        if is_guarded {
            let challenge = &response.challenges()[0];
            assert!(challenge.contains("insufficient_scope"), "{challenge}");
        }
        let response = send(&server, method, path, Some(both)).await;
        assert_eq!(response.status, 200, "{what}");
    }
    assert_eq!(get(&server, "/later", None).await.text(), "public");
}

#[tokio::test]
async fn a_required_policy_leaves_404_and_405_responses_of_axum_unchanged() {
    let (_, auth) = trust();
    let routes = || {
        Router::new()
            .route("/read", routing::get(read))
            .nest("/nested", Router::new().route("/read", routing::get(read)))
    };
    let without = Server::start(routes().with_auth(auth.clone())).await;
    let with = Server::start(routes().require::<Staff>().with_auth(auth)).await;
    for (method, path, status) in [
        ("GET", "/no-such-path", 404),
        ("GET", "/nested/no-such-path", 404),
        ("POST", "/read", 405),
        ("OPTIONS", "/nested/read", 405),
    ] {
        let expected = send(&without, method, path, None).await.comparable();
        assert_eq!(expected.status, status);
        let response = send(&with, method, path, None).await.comparable();
        assert_eq!(response, expected, "{method} {path}");
    }
}

#[policy(scope = "a")]
struct A;

#[policy(scope = "b")]
struct B;

#[policy(scope = "c")]
struct C;

#[tokio::test]
async fn the_policy_required_last_is_checked_first_and_that_of_the_route_last() {
    let (issuer, auth) = trust();
    let inner = Router::new()
        .route("/read", routing::get(read))
        .require::<A>()
        .require::<B>();
    let app = Router::new().nest("/nested", inner).require::<C>();
    let server = Server::start(app.with_auth(auth)).await;
    for (scopes, asked_for) in [
        ("", "c"),
        ("a b read", "c"),
        ("c", "b"),
        ("c a read", "b"),
        ("c b", "a"),
        ("c b a", "read"),
    ] {
        let token = token(&issuer, scopes, false);
        let response = get(&server, "/nested/read", Some(&token)).await;
        assert_eq!(response.status, 403, "{scopes}");
        let expected = format!(
            r#"Bearer realm="api", error="insufficient_scope", error_description="The access token lacks a required scope", scope="{asked_for}""#
        );
        assert_eq!(response.challenges(), [expected], "{scopes}");
    }
    let token = token(&issuer, "a b c read", false);
    let response = get(&server, "/nested/read", Some(&token)).await;
    assert_eq!(response.text(), "read: alice");
    let response = get(&server, "/nested/read", None).await;
    assert_eq!(response.challenges(), [r#"Bearer realm="api", scope="c""#]);
}

/// Counts how often it is extracted.
struct Counted;

impl<S: Send + Sync> FromRequestParts<S> for Counted {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let count: &Arc<AtomicUsize> = parts.extensions.get().unwrap();
        count.fetch_add(1, Ordering::SeqCst);
        Ok(Self)
    }
}

#[auth_runtime::allow_anonymous(reason = "a test of what is public")]
async fn counts(_: Counted, body: String) -> String {
    body
}

async fn counts_bare(_: Counted, body: String) -> String {
    body
}

#[tokio::test]
async fn a_required_policy_denies_before_extractors_and_the_body_are_read() {
    let (issuer, auth) = trust();
    let count = Arc::new(AtomicUsize::new(0));
    let app = Router::new()
        .route("/public", routing::post(counts))
        .route_unguarded("/bare", axum::routing::post(counts_bare), "a test")
        .require::<Staff>()
        .layer(Extension(Arc::clone(&count)))
        .with_auth(auth);
    let server = Server::start(app).await;
    for path in ["/public", "/bare"] {
        let mut connection = server.connect().await;
        let head = format!("POST {path} HTTP/1.1\r\nHost: test\r\nContent-Length: 1000000\r\n\r\n");
        connection.write(head.as_bytes()).await;
        let response = unless_it_hangs(connection.read(false)).await;
        let response = response.expect("an answer without the body");
        assert_eq!(response.status, 401, "{path}");
    }
    assert_eq!(count.load(Ordering::SeqCst), 0);
    for path in ["/public", "/bare"] {
        let request = Request::post(path, "text/plain", "the body");
        let response = server.send(&request.bearer(token(&issuer, "", true))).await;
        assert_eq!(response.text(), "the body");
    }
    assert_eq!(count.load(Ordering::SeqCst), 2);
}

#[policy(role = "staff", hide)]
struct HiddenStaff;

#[policy(role = "staff", hide = "always")]
struct SecretStaff;

#[tokio::test]
async fn c7_a_route_hidden_by_a_required_policy_looks_like_a_missing_path() {
    let (issuer, auth) = trust();
    let routes = || {
        Router::new()
            .route("/read", routing::get(read))
            .route_unguarded("/bare", axum::routing::get(bare), "a test")
    };
    let app = Router::new()
        .nest("/hidden", routes().require::<HiddenStaff>())
        .nest("/secret", routes().require::<SecretStaff>())
        .with_auth(auth);
    let server = Server::start(app).await;
    let reader = token(&issuer, "read", false);
    let staff = token(&issuer, "read", true);
    for path in ["/read", "/bare"] {
        for method in ["GET", "HEAD"] {
            for (prefix, bearer) in [
                ("/hidden", Some(reader.as_str())),
                ("/secret", Some(&reader)),
                ("/secret", Some("x")),
                ("/secret", None),
            ] {
                let path = format!("{prefix}{path}");
                let response = send(&server, method, &path, bearer).await.comparable();
                let expected = send(&server, method, "/no-such-path", bearer).await;
                assert_eq!(response, expected.comparable(), "{method} {path}");
            }
        }
        let hidden = format!("/hidden{path}");
        assert_eq!(get(&server, &hidden, None).await.status, 401, "{path}");
        for prefix in ["/hidden", "/secret"] {
            let path = format!("{prefix}{path}");
            assert_eq!(
                get(&server, &path, Some(&staff)).await.status,
                200,
                "{path}"
            );
        }
    }
}

#[policy(scheme = "bearer")]
struct WithAToken;

#[policy(acr = "gold", max_age = "5m")]
struct Fresh;

#[require_auth(scheme = crate::kinds::BADGE)]
async fn by_badge() {}

#[tokio::test]
async fn a_required_policy_may_select_kinds_and_request_step_up() {
    let (issuer, builder) = bearer_and(Badge::header());
    let app = Router::new()
        .nest(
            "/token",
            Router::new()
                .route("/read", routing::get(read))
                .route("/public", routing::get(public))
                .route("/badge", routing::get(by_badge))
                .require::<WithAToken>(),
        )
        .nest(
            "/fresh",
            Router::new()
                .route("/read", routing::get(read))
                .require::<Fresh>(),
        )
        .with_auth(build(builder));
    let server = Server::start(app).await;
    let bearer = r#"Bearer realm="api""#;
    for path in ["/token/read", "/token/public"] {
        let badge = Request::get(path).header("x-badge", "bob scopes=read");
        let response = server.send(&badge).await;
        assert_eq!(
            (response.status, response.challenges()),
            (401, vec![bearer.to_owned()])
        );
        let response = get(&server, path, Some(&token(&issuer, "read", false))).await;
        assert_eq!(response.status, 200);
    }
    // Row A15: the token's rights and the badge's are not put together.
    let both = Request::get("/token/badge").header("x-badge", "bob");
    let response = server.send(&both.bearer(token(&issuer, "", false))).await;
    assert_eq!(response.status, 403);

    let old = token(&issuer, "read", false);
    let response = get(&server, "/fresh/read", Some(&old)).await;
    assert_eq!(response.status, 401);
    let challenge = r#"Bearer realm="api", error="insufficient_user_authentication", error_description="A different authentication level is required", acr_values="gold", max_age="300""#;
    assert_eq!(response.challenges().first().unwrap(), challenge);
    let fresh = issuer.token("alice").scope("read").acr("gold");
    let fresh = fresh.authenticated_ago(Duration::from_secs(1)).sign();
    assert_eq!(get(&server, "/fresh/read", Some(&fresh)).await.status, 200);
}

#[tokio::test]
async fn middleware_runs_before_a_required_policy() {
    let (issuer, auth) = trust();
    let app = Router::new()
        .route(
            "/read",
            routing::get(read).layer(axum::middleware::from_fn(looks)),
        )
        .require::<Staff>();
    let server = Server::start(app.with_auth(auth)).await;
    let response = get(&server, "/read", Some(&token(&issuer, "read", false))).await;
    assert_eq!(
        (response.status, response.all("x-seen")),
        (403, vec!["alice".to_owned()])
    );
}
