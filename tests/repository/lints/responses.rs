//! Requests to every handler of [`handlers`], through the layer and the guard.

#![allow(
    clippy::expect_used,
    reason = "this is test code: a helper that fails ends the test"
)]

use std::time::Duration;

use auth_runtime::{Auth, testing::Issuer};
use axum::{
    Router,
    body::{Body, to_bytes},
    http::{Request, StatusCode},
    routing::{get, post},
};
use tower::ServiceExt as _;

use super::handlers;

/// The application and the issuer it trusts.
struct Api {
    /// Signs what the requests present.
    issuer: Issuer,
    /// All routes.
    router: Router,
}

impl Api {
    /// Every handler on a separate route.
    fn new() -> Self {
        let issuer = Issuer::new("https://issuer.example", "https://api.example");
        let auth = Auth::builder()
            .bearer(issuer.jwt())
            .build()
            .expect("a valid configuration");
        let router = Router::new()
            .route("/any_caller", get(handlers::any_caller))
            .route("/no_arguments", get(handlers::no_arguments))
            .route("/tree", get(handlers::tree))
            .route("/bool/{owner}", get(handlers::check_of_a_bool))
            .route("/mark/{owner}", get(handlers::check_with_a_question_mark))
            .route("/only_mark", get(handlers::check_of_a_question_mark))
            .route("/braces", get(handlers::check_of_a_question_mark_in_braces))
            .route(
                "/parentheses",
                get(handlers::check_of_a_question_mark_in_parentheses),
            )
            .route("/returns", get(handlers::check_that_returns))
            .route("/matches", get(handlers::check_that_matches))
            .route("/loads/{owner}", get(handlers::check_that_loads))
            .route("/ok", get(handlers::check_that_is_ok))
            .route("/typed", get(handlers::check_with_a_type))
            .route(
                "/several",
                get(handlers::several_checks).post(handlers::several_checks),
            )
            .route(
                "/generic_scope",
                get(handlers::generic_scope::<handlers::Shop>),
            )
            .route(
                "/generic_check",
                get(handlers::generic_check::<handlers::Shop, (), 1>),
            )
            .route("/named", get(handlers::named_policy))
            .route("/named_check", get(handlers::named_policy_with_a_check))
            .route("/associated", get(handlers::Shop::refund))
            .route("/maybe", get(handlers::maybe))
            .route("/health", get(handlers::health))
            .route("/seven", post(handlers::seven))
            .route("/future", get(handlers::future))
            .route("/move", get(handlers::r#move))
            .route("/reexported", get(handlers::reexported))
            .route("/in_time", get(handlers::in_time))
            .merge(handlers::routes_of_its_own())
            .with_state(handlers::Shop)
            .layer(auth.layer());
        Self { issuer, router }
    }

    /// What the caller of the expected answers presents: everything that any of the rules wants.
    fn token(&self) -> String {
        self.issuer
            .token("alice")
            .scope("read refunds")
            .role("manager")
            .claim("level", 1_000_000)
            .acr("gold")
            .authenticated_ago(Duration::from_secs(60))
            .sign()
    }

    /// Sends a request and returns the status and the body of the answer.
    async fn send(&self, request: Request<Body>) -> (StatusCode, String) {
        let response = self
            .router
            .clone()
            .oneshot(request)
            .await
            .expect("a router always answers");
        let status = response.status();
        let body = to_bytes(response.into_body(), 1 << 20)
            .await
            .expect("a body");
        (status, String::from_utf8_lossy(&body).into_owned())
    }

    /// `GET`, as alice or anonymously.
    async fn get(&self, path: &str, token: Option<&str>) -> (StatusCode, String) {
        let mut request = Request::get(path);
        if let Some(token) = token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        self.send(request.body(Body::empty()).expect("a request"))
            .await
    }
}

#[tokio::test]
async fn every_linted_handler_accepts_an_authorized_caller() {
    let api = Api::new();
    let token = api.token();
    for (path, body) in [
        ("/any_caller", "alice"),
        ("/no_arguments", "read"),
        ("/tree", "tree"),
        ("/bool/alice", "alice"),
        ("/mark/alice", "alice"),
        ("/only_mark", ""),
        ("/braces", ""),
        ("/parentheses", ""),
        ("/returns", ""),
        ("/matches", ""),
        ("/loads/alice", "alice"),
        ("/ok", ""),
        ("/typed", ""),
        ("/several", "none"),
        ("/generic_scope", "generic"),
        ("/generic_check", "generic"),
        ("/named", "refunded"),
        ("/named_check", "refunded"),
        ("/associated", "refunded"),
        ("/maybe", "alice"),
        ("/health", "well"),
        ("/future", "ready"),
        ("/move", "moved"),
        ("/reexported", "reexported"),
        ("/in_a_path", "in a path"),
        ("/local", "local"),
        ("/parents", "parents"),
        ("/in_time", "in time"),
    ] {
        let answer = api.get(path, Some(&token)).await;
        assert_eq!(answer, (StatusCode::OK, body.to_owned()), "{path}");
    }

    let request = Request::post("/seven")
        .header("authorization", format!("Bearer {token}"))
        .header("content-type", "application/json")
        .body(Body::from("7"))
        .expect("a request");
    assert_eq!(api.send(request).await, (StatusCode::OK, "7".to_owned()));
}

#[tokio::test]
async fn every_linted_handler_except_public_ones_refuses_anonymous_requests() {
    let api = Api::new();
    for (path, expected) in [
        ("/any_caller", 401),
        ("/no_arguments", 401),
        ("/tree", 401),
        ("/bool/alice", 401),
        ("/mark/alice", 401),
        ("/loads/alice", 401),
        ("/several", 401),
        ("/generic_scope", 401),
        ("/generic_check", 401),
        ("/named", 401),
        ("/named_check", 401),
        ("/associated", 401),
        ("/future", 401),
        ("/move", 404),
        ("/reexported", 401),
        ("/in_a_path", 401),
        ("/local", 401),
        ("/in_time", 401),
        ("/maybe", 200),
        ("/health", 200),
    ] {
        let (status, _) = api.get(path, None).await;
        assert_eq!(status.as_u16(), expected, "{path}");
    }
}

#[tokio::test]
async fn every_outcome_of_a_check_has_its_status() {
    let api = Api::new();
    let token = api.token();
    for (path, expected) in [
        ("/bool/bob", 403),
        ("/mark/bob", 403),
        ("/mark/lost", 500),
        ("/loads/bob", 403),
        ("/loads/lost", 404),
        ("/typed", 200),
        ("/in_time?late", 403),
        ("/in_time?broken", 400),
    ] {
        let (status, _) = api.get(path, Some(&token)).await;
        assert_eq!(status.as_u16(), expected, "{path}");
    }
}
