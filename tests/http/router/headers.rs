//! Response headers that depend on the source of the credential. A response that imitates a missing
//! path never has them.

use std::convert::Infallible;

use auth_runtime::authenticator::Source;
use auth_runtime::routing::{self, any, get_service};
use auth_runtime::testing::Issuer;
use auth_runtime::{Auth, Router, guard, require_auth};
use auth_tests::application::{AUDIENCE, ISSUER, build};
use auth_tests::client::{Request, Response};
use auth_tests::server::Server;
use axum::body::Body;
use axum::extract::{Request as AxumRequest, WebSocketUpgrade};
use axum::middleware::from_fn;
use axum::response::{IntoResponse, Response as AxumResponse};
use futures_util::stream;
use tower::service_fn;

use super::{
    CanRead, Staff, badges_in, bare, hidden, hidden_always, looks, optional, public, read,
};
use crate::kinds::Badge;

#[require_auth(scope = "read")]
async fn streams() -> Body {
    Body::from_stream(stream::iter(["a ", "stream"].map(Ok::<_, Infallible>)))
}

#[require_auth(scope = "read")]
async fn socket(upgrade: WebSocketUpgrade) -> AxumResponse {
    upgrade.on_upgrade(async |_| {})
}

#[require_auth(scope = "read")]
async fn says_itself() -> impl IntoResponse {
    [
        ("cache-control", "max-age=60"),
        ("referrer-policy", "origin"),
    ]
}

async fn serve(_: AxumRequest) -> Result<AxumResponse, Infallible> {
    Ok("a service".into_response())
}

fn routes() -> Router {
    let service = || guard::<CanRead>().layer(service_fn(serve));
    Router::new()
        .route("/read", routing::get(read))
        .route("/any", any(read))
        .route("/layered", routing::get(read).layer(from_fn(looks)))
        .route("/streams", routing::get(streams))
        .route("/socket", any(socket))
        .route("/says-itself", routing::get(says_itself))
        .route("/optional", routing::get(optional))
        .route("/public", routing::get(public))
        .route("/get-service", get_service(service()))
        .route_service("/service", service())
        .nest_service("/below", service())
        .nest("/area", Router::new().fallback(read))
        .route_unguarded("/bare", axum::routing::get(bare), "a test")
        .nest(
            "/required",
            Router::new()
                .route("/public", routing::get(public))
                .route_service_unguarded("/service", service_fn(serve), "a test")
                .require::<CanRead>(),
        )
        .route("/hidden", routing::get(hidden))
        .route("/hidden-always", routing::get(hidden_always))
        .merge(
            Router::new()
                .route("/hidden-required", routing::get(hidden))
                .require::<Staff>(),
        )
}

/// With the same badge wherever one can stand.
fn badged(path: &str, badge: &str) -> Request {
    Request::get(&format!("{path}?badge={}", badge.replace(' ', "+")))
        .header("X-Badge", badge)
        .header("Cookie", format!("badge={badge}"))
}

fn marks(response: &Response) -> (Option<String>, Option<String>) {
    (
        response.one("cache-control"),
        response.one("referrer-policy"),
    )
}

fn sources() -> [(Source, Option<&'static str>); 3] {
    [
        (Source::header("x-badge"), None),
        (Source::Cookie("badge".to_owned()), None),
        (Source::Query("badge".to_owned()), Some("no-referrer")),
    ]
}

#[tokio::test]
async fn responses_of_every_kind_of_handler_get_the_privacy_headers() {
    for (source, referrer) in sources() {
        let server = Server::start(routes().with_auth(badges_in(source))).await;
        let marked = (Some("private".to_owned()), referrer.map(ToOwned::to_owned));
        for path in [
            "/read",
            "/any",
            "/layered",
            "/streams",
            "/optional",
            "/get-service",
            "/service",
            "/below/x",
            "/area/x",
            "/bare",
            "/required/public",
            "/required/service",
        ] {
            let response = server.send(&badged(path, "bob scopes=read")).await;
            assert_eq!(response.status, 200, "{path}");
            assert_eq!(marks(&response), marked, "{path}");
        }
        let response = server.send(&badged("/streams", "bob scopes=read")).await;
        assert_eq!(response.text(), "a stream");
        let response = server.send(&badged("/public", "bob")).await;
        assert_eq!(marks(&response), (None, None));
        let response = server
            .send(&badged("/says-itself", "bob scopes=read"))
            .await;
        let own = (Some("max-age=60".to_owned()), Some("origin".to_owned()));
        assert_eq!(marks(&response), own);

        let upgrade = badged("/socket", "bob scopes=read")
            .header("Connection", "Upgrade")
            .header("Upgrade", "websocket")
            .header("Sec-WebSocket-Version", "13")
            .header("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==");
        let mut connection = server.connect().await;
        let bytes = upgrade.to_bytes();
        let bytes = String::from_utf8(bytes).unwrap();
        connection
            .write(bytes.replace("Connection: close\r\n", "").as_bytes())
            .await;
        let response = connection.read(true).await.expect("an answer");
        assert_eq!(response.status, 101);
        assert_eq!(marks(&response), marked);
    }
}

#[tokio::test]
async fn c7_a_hidden_route_has_the_headers_of_a_missing_path() {
    let layered = |router: Router| router.layer(from_fn(looks_quietly));
    let route_layered = |router: Router| router.route_layer(from_fn(looks_quietly));
    let unlayered = |router: Router| router;
    for (source, _) in sources() {
        for layers in [unlayered, layered, route_layered] {
            let app = layers(routes()).with_auth(badges_in(source.clone()));
            let server = Server::start(app).await;
            for method in ["GET", "HEAD"] {
                let answer = async |path: &str| {
                    let request = badged(path, "bob roles=staff").method(method);
                    server.send(&request).await.comparable()
                };
                let no_such_path = answer("/no-such-path").await;
                assert_eq!(no_such_path.status, 404);
                for path in ["/hidden", "/hidden-always", "/hidden-required"] {
                    assert_eq!(answer(path).await, no_such_path, "{method} {path}");
                }
            }
        }
    }
}

/// Extracts the caller and ignores the result.
async fn looks_quietly(
    caller: Option<auth_runtime::Identity>,
    request: AxumRequest,
    next: axum::middleware::Next,
) -> AxumResponse {
    drop(caller);
    next.run(request).await
}

#[require_auth(scheme = "bearer")]
async fn by_token() -> &'static str {
    "by token"
}

/// The middleware saw the caller of the badge, so the answer is marked for that caller, although the
/// route accepts only the other credential and answers 403.
#[tokio::test]
async fn a15_a_response_about_two_callers_gets_the_stricter_privacy_headers() {
    let badge = Badge::from(Source::Query("badge".to_owned()));
    let issuer = Issuer::new(ISSUER, AUDIENCE);
    let auth = build(Auth::builder().authenticator(badge).bearer(issuer.jwt()));
    let app = axum::Router::new()
        .route("/x", axum::routing::get(by_token))
        .layer(from_fn(looks))
        .layer(auth.layer());
    let axums = Server::start(app).await;
    let app = Router::new()
        .route("/x", routing::get(by_token))
        .layer(from_fn(looks));
    let ours = Server::start(app.with_auth(auth)).await;
    for server in [axums, ours] {
        let request = Request::get("/x?badge=bob").bearer(issuer.token("alice").sign());
        let response = server.send(&request).await;
        assert_eq!(
            (response.status, response.all("x-seen")),
            (403, vec!["bob".to_owned()])
        );
        let marked = (Some("no-store".to_owned()), Some("no-referrer".to_owned()));
        assert_eq!(marks(&response), marked);
    }
}
