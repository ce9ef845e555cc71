//! Row A15: the caller that middleware saw is binding for the guards behind it, even if the request
//! is changed in between.

use std::convert::Infallible;

use auth_runtime::api_key::{MemoryApiKeys, NewApiKey};
use auth_runtime::testing::Issuer;
use auth_runtime::{
    ApiKeys, Auth, AuthRejection, Guard, Identity, PresentedCaller, Router, allow_anonymous,
    policy, require_auth, routing,
};
use auth_tests::application::{AUDIENCE, ISSUER, build};
use auth_tests::client::{Request, Response};
use auth_tests::server::Server;
use axum::extract::Request as AxumRequest;
use axum::http::header::AUTHORIZATION;
use axum::http::{HeaderValue, StatusCode};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response as AxumResponse};
use tower::ServiceExt;

#[require_auth]
async fn by_any(caller: Identity) -> String {
    caller.subject().to_owned()
}

#[require_auth(scheme = "api_key")]
async fn by_key(caller: Identity) -> String {
    caller.subject().to_owned()
}

/// Turns Mallory away.
async fn bans(caller: PresentedCaller, request: AxumRequest, next: Next) -> AxumResponse {
    turn_away(caller.identity(), request, next).await
}

async fn bans_optional(caller: Option<Identity>, request: AxumRequest, next: Next) -> AxumResponse {
    turn_away(caller.as_ref(), request, next).await
}

async fn turn_away(caller: Option<&Identity>, request: AxumRequest, next: Next) -> AxumResponse {
    if caller.is_some_and(|caller| caller.subject() == "mallory") {
        return StatusCode::IM_A_TEAPOT.into_response();
    }
    next.run(request).await
}

#[policy(role = "banned")]
struct Banned;

async fn bans_by_guard(
    banned: Result<Guard<Banned>, AuthRejection>,
    request: AxumRequest,
    next: Next,
) -> AxumResponse {
    if banned.is_ok() {
        return StatusCode::IM_A_TEAPOT.into_response();
    }
    next.run(request).await
}

async fn removes_authorization(mut request: AxumRequest, next: Next) -> AxumResponse {
    request.headers_mut().remove(AUTHORIZATION);
    next.run(request).await
}

async fn keeps_the_last_authorization(mut request: AxumRequest, next: Next) -> AxumResponse {
    let last = request.headers().get_all(AUTHORIZATION).iter().next_back();
    if let Some(last) = last.cloned() {
        request.headers_mut().insert(AUTHORIZATION, last);
    }
    next.run(request).await
}

async fn replaces_tabs(mut request: AxumRequest, next: Next) -> AxumResponse {
    if let Some(value) = request.headers().get(AUTHORIZATION) {
        let text = value.to_str().unwrap().replace('\t', " ");
        let value = HeaderValue::try_from(text).unwrap();
        request.headers_mut().insert(AUTHORIZATION, value);
    }
    next.run(request).await
}

/// As a gateway does that knows the client by other means.
async fn adds_the_key_of_the_gateway(mut request: AxumRequest, next: Next) -> AxumResponse {
    let key = request.headers().get("x-gateway").unwrap().clone();
    request.headers_mut().remove(AUTHORIZATION);
    request.headers_mut().insert("x-api-key", key);
    next.run(request).await
}

/// An application of axum's, with what bans inside.
fn inner() -> axum::Router {
    let optional = axum::Router::new()
        .route("/optional", axum::routing::get(by_any))
        .layer(from_fn(bans_optional));
    axum::Router::new()
        .route("/presented", axum::routing::get(by_any))
        .layer(from_fn(bans))
        .merge(optional)
}

#[allow_anonymous(reason = "the guards are further in")]
async fn forwards(request: AxumRequest) -> AxumResponse {
    let answer = inner().oneshot(request).await;
    answer.unwrap_or_else(|never: Infallible| match never {})
}

#[derive(Clone)]
struct Inside(axum::Router);

#[allow_anonymous(reason = "the guards are further in")]
async fn forwards_to_an_auth_of_its_own(
    axum::Extension(Inside(app)): axum::Extension<Inside>,
    request: AxumRequest,
) -> AxumResponse {
    let answer = app.oneshot(request).await;
    answer.unwrap_or_else(|never: Infallible| match never {})
}

struct World {
    server: Server,
    issuer: Issuer,
    /// Of Mallory, with the role that is banned.
    key: String,
    /// Of the gateway.
    other_key: String,
}

impl World {
    async fn start() -> Self {
        let issuer = Issuer::new(ISSUER, AUDIENCE);
        let keys = ApiKeys::new(MemoryApiKeys::new());
        let mallory = NewApiKey::new("mallory").roles(["banned"]);
        let (_, key) = keys.create(mallory).await.unwrap();
        let (_, other_key) = keys.create(NewApiKey::new("gateway")).await.unwrap();
        let auth = build(Auth::builder().bearer(issuer.jwt()).api_keys(keys));
        let by_key = || Router::new().route("/", routing::get(by_key));
        let by_any = || Router::new().route("/", routing::get(by_any));
        let app = Router::new()
            .nest("/guard", by_key().layer(from_fn(bans_by_guard)))
            .nest(
                "/removes",
                by_any()
                    .layer(from_fn(removes_authorization))
                    .layer(from_fn(bans)),
            )
            .nest(
                "/keeps-last",
                by_any()
                    .layer(from_fn(keeps_the_last_authorization))
                    .layer(from_fn(bans)),
            )
            .nest(
                "/tabs",
                by_key().layer(from_fn(replaces_tabs)).layer(from_fn(bans)),
            )
            .nest(
                "/gateway",
                by_key()
                    .layer(from_fn(adds_the_key_of_the_gateway))
                    .layer(from_fn(bans)),
            )
            .route(
                "/own-auth/{*path}",
                routing::any(forwards_to_an_auth_of_its_own),
            )
            .fallback(forwards)
            .layer(axum::Extension(Inside(
                axum::Router::new()
                    .nest("/own-auth", inner())
                    .layer(auth.layer()),
            )))
            .with_auth(auth);
        Self {
            server: Server::start(app).await,
            issuer,
            key: key.reveal().to_owned(),
            other_key: other_key.reveal().to_owned(),
        }
    }

    async fn send(&self, request: Request) -> Response {
        self.server.send(&request).await
    }

    fn with_key(&self, path: &str) -> Request {
        Request::get(path).header("X-API-Key", self.key.clone())
    }
}

#[tokio::test]
async fn a_credential_refused_by_a_guard_in_middleware_stays_refused() {
    let world = World::start().await;
    assert_eq!(world.send(world.with_key("/guard")).await.status, 418);
    let stale = world.issuer.token("alice").claim("exp", 1).sign();
    let both = world.with_key("/guard").bearer(&stale);
    assert_eq!(world.send(both).await.status, 401);
}

#[tokio::test]
async fn an_api_key_does_not_count_after_an_invalid_token_was_removed() {
    let world = World::start().await;
    assert_eq!(world.send(world.with_key("/removes")).await.status, 418);
    for authorization in ["Bearer x", "Bearer\tx", "Bearer x y"] {
        let both = world
            .with_key("/removes")
            .header("Authorization", authorization);
        assert_eq!(world.send(both).await.status, 401, "{authorization}");
    }
    let good = world.issuer.token("alice").sign();
    let both = world.with_key("/removes").bearer(&good);
    assert_eq!(world.send(both).await.status, 403);
}

#[tokio::test]
async fn no_line_of_several_authorization_lines_is_accepted_later() {
    let world = World::start().await;
    let mallory = world.issuer.token("mallory").sign();
    let alone = Request::get("/keeps-last").bearer(&mallory);
    assert_eq!(world.send(alone).await.status, 418);
    let two = Request::get("/keeps-last").bearer("x").bearer(&mallory);
    assert_eq!(world.send(two).await.status, 400);
}

#[tokio::test]
async fn white_space_changed_by_middleware_does_not_hide_an_invalid_token() {
    let world = World::start().await;
    for authorization in ["Bearer\tx", "Bearer \t x", "bearer x"] {
        let both = world
            .with_key("/tabs")
            .header("Authorization", authorization);
        assert_eq!(world.send(both).await.status, 401, "{authorization}");
    }
}

#[tokio::test]
async fn a_credential_that_middleware_puts_in_place_of_an_invalid_token_decides() {
    let world = World::start().await;
    for authorization in [None, Some("Bearer x")] {
        let mut request = Request::get("/gateway").header("X-Gateway", world.other_key.clone());
        if let Some(authorization) = authorization {
            request = request.header("Authorization", authorization);
        }
        let answer = world.send(request).await;
        assert_eq!((answer.status, answer.text()), (200, "gateway".to_owned()));
    }
}

#[tokio::test]
async fn a_forwarding_public_handler_does_not_bypass_inner_middleware() {
    let world = World::start().await;
    let mallory = world.issuer.token("mallory").sign();
    let alice = world.issuer.token("alice").sign();
    for path in ["/presented", "/optional"] {
        // The rule of the public handler applies until another `Auth` takes over: no credential is read.
        let answer = world.send(Request::get(path).bearer(&mallory)).await;
        assert_eq!(answer.status, 401, "{path}");
        // An `Auth` further in begins anew.
        let path = format!("/own-auth{path}");
        let answer = world.send(Request::get(&path).bearer(&mallory)).await;
        assert_eq!(answer.status, 418, "{path}");
        let answer = world.send(Request::get(&path).bearer(&alice)).await;
        assert_eq!((answer.status, answer.text()), (200, "alice".to_owned()));
    }
}
