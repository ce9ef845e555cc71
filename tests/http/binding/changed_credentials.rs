//! Middleware and extractors that change the credential of a request.

use auth_runtime::testing::Issuer;
use auth_runtime::{Auth, AuthRejection, BearerToken, Identity, optional_auth, require_auth};
use auth_tests::application::{AUDIENCE, ISSUER, build};
use auth_tests::client::{Request, Response};
use auth_tests::server::Server;
use axum::Router;
use axum::extract::{FromRequestParts, Request as AxumRequest};
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue};
use axum::middleware::{Next, from_fn};
use axum::routing::get;

use super::whoami;

/// What the middleware does to the `Authorization` field. The test names it in a separate header.
const REWRITE: &str = "x-rewrite";

fn rewrite(headers: &mut HeaderMap) {
    match headers.remove(REWRITE) {
        None => {}
        Some(value) if value == "strip" => {
            headers.remove(AUTHORIZATION);
        }
        Some(value) if value == "double" => {
            headers.append(AUTHORIZATION, HeaderValue::from_static("Bearer x"));
        }
        Some(value) if value == "blank" => {
            headers.insert(AUTHORIZATION, HeaderValue::from_static(""));
        }
        Some(value) => {
            headers.insert(AUTHORIZATION, value);
        }
    }
}

/// A gateway in this process: it extracts the caller, then changes the credential.
async fn gateway(
    _: Result<Option<Identity>, AuthRejection>,
    mut request: AxumRequest,
    next: Next,
) -> axum::response::Response {
    rewrite(request.headers_mut());
    next.run(request).await
}

/// The same as an extractor, between the guard and what comes after it.
struct Rewritten;

impl<S: Sync> FromRequestParts<S> for Rewritten {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        rewrite(&mut parts.headers);
        Ok(Self)
    }
}

#[optional_auth]
async fn optional(caller: Option<Identity>) -> String {
    caller
        .as_ref()
        .map_or("anonymous", Identity::subject)
        .to_owned()
}

#[require_auth(scope = "read")]
async fn identity_after(before: Identity, _: Rewritten, after: Identity) -> String {
    format!("{} then {}", before.subject(), after.subject())
}

#[require_auth(scope = "read")]
async fn option_after(_: Rewritten, after: Option<Identity>) -> String {
    after
        .as_ref()
        .map_or("anonymous", Identity::subject)
        .to_owned()
}

#[require_auth(scope = "read")]
async fn token_after(_: Rewritten, after: BearerToken) -> String {
    after.reveal().to_owned()
}

struct World {
    server: Server,
    issuer: Issuer,
}

impl World {
    async fn start() -> Self {
        let issuer = Issuer::new(ISSUER, AUDIENCE);
        let app = Router::new()
            .route("/required", get(whoami))
            .route("/optional", get(optional))
            .layer(from_fn(gateway))
            .route("/identity-after", get(identity_after))
            .route("/option-after", get(option_after))
            .route("/token-after", get(token_after))
            .layer(build(Auth::builder().bearer(issuer.jwt())).layer());
        Self {
            server: Server::start(app).await,
            issuer,
        }
    }

    fn reader(&self, subject: &str) -> String {
        self.issuer.token(subject).scope("read").sign()
    }

    /// Alice sends a request, and middleware changes her credential.
    async fn alice(&self, path: &str, change: &str) -> Response {
        let request = Request::get(path)
            .bearer(self.reader("alice"))
            .header(REWRITE, change);
        self.server.send(&request).await
    }
}

#[tokio::test]
async fn a_credential_replaced_by_middleware_authenticates_its_own_caller() {
    let world = World::start().await;
    let bob = format!("Bearer {}", world.reader("bob"));
    let response = world.alice("/required", &bob).await;
    assert_eq!(response.text(), "bob of https://issuer.example");
    assert_eq!(world.alice("/optional", &bob).await.text(), "bob");

    let without_scope = format!("Bearer {}", world.issuer.token("bob").sign());
    assert_eq!(world.alice("/required", &without_scope).await.status, 403);
    for bad in ["Bearer x", "Basic YTpi", "Bearer"] {
        assert_eq!(world.alice("/required", bad).await.status, 401, "{bad}");
        assert_eq!(world.alice("/optional", bad).await.status, 401, "{bad}");
    }
}

#[tokio::test]
async fn a_credential_removed_by_middleware_does_not_count() {
    let world = World::start().await;
    for change in ["strip", "blank"] {
        let required = world.alice("/required", change).await;
        assert_eq!(required.status, 401);
        assert_eq!(
            required.challenges(),
            [r#"Bearer realm="api", scope="read""#]
        );
        assert_eq!(world.alice("/optional", change).await.text(), "anonymous");
    }
}

#[tokio::test]
async fn a_credential_added_by_middleware_counts() {
    let world = World::start().await;
    let bob = format!("Bearer {}", world.reader("bob"));
    for path in ["/required", "/optional"] {
        // Anonymous to the middleware, and an invalid token to the guard.
        let anonymous = Request::get(path).header(REWRITE, &bob);
        for request in [anonymous.clone(), anonymous.bearer("x")] {
            let response = world.server.send(&request).await;
            assert_eq!(response.status, 200, "{request:?}");
            assert!(response.text().starts_with("bob"), "{request:?}");
        }
    }
}

#[tokio::test]
async fn a_second_credential_added_by_middleware_is_400() {
    let world = World::start().await;
    for path in [
        "/required",
        "/optional",
        "/identity-after",
        "/option-after",
        "/token-after",
    ] {
        assert_eq!(world.alice(path, "double").await.status, 400, "{path}");
    }
}

#[tokio::test]
async fn an_extractor_sees_the_credential_changed_by_middleware() {
    let world = World::start().await;
    let token = world.reader("bob");
    let bob = format!("Bearer {token}");
    assert_eq!(
        world.alice("/identity-after", &bob).await.text(),
        "alice then bob"
    );
    assert_eq!(world.alice("/option-after", &bob).await.text(), "bob");
    assert_eq!(world.alice("/token-after", &bob).await.text(), token);
    for bad in ["Bearer x", "Basic YTpi"] {
        for path in ["/identity-after", "/option-after", "/token-after"] {
            assert_eq!(world.alice(path, bad).await.status, 401, "{path} {bad}");
        }
    }
}

#[tokio::test]
async fn an_extractor_sees_no_caller_after_the_credential_was_removed() {
    let world = World::start().await;
    assert_eq!(world.alice("/identity-after", "strip").await.status, 401);
    assert_eq!(world.alice("/token-after", "strip").await.status, 401);
    assert_eq!(
        world.alice("/option-after", "strip").await.text(),
        "anonymous"
    );
}

#[tokio::test]
async fn an_extractor_never_returns_a_caller_that_the_guard_would_deny() {
    let world = World::start().await;
    let mallory = format!("Bearer {}", world.issuer.token("mallory").sign());
    for path in ["/identity-after", "/option-after", "/token-after"] {
        let answer = world.alice(path, &mallory).await;
        assert_eq!(answer.status, 403, "{path}");
    }
    let bob = format!("Bearer {}", world.reader("bob"));
    let answer = world.alice("/identity-after", &bob).await;
    assert_eq!(answer.text(), "alice then bob");
}
