//! The response extensions that middleware such as an access log reads: the caller, or the denial.

use std::convert::Infallible;

use auth_runtime::authenticator::Source;
use auth_runtime::routing::{self, any, get_service};
use auth_runtime::{Auth, Denial, Identity, Router, guard, require_auth};
use auth_tests::application::{AUDIENCE, ISSUER, build};
use auth_tests::client::Request;
use auth_tests::server::Server;
use axum::extract::Request as AxumRequest;
use axum::http::HeaderValue;
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use tower::service_fn;

use super::{
    CanRead, badges_in, bare, get, hidden, looks, name, optional, public, read, send, token, trust,
    trust_in,
};

/// An access log that can be read from outside.
async fn access_log(request: AxumRequest, next: Next) -> Response {
    let mut response = next.run(request).await;
    let caller = response.extensions().get::<Identity>();
    let caller = caller.map_or("-".to_owned(), |caller| {
        format!("{}@{}", name(Some(caller)), caller.issuer())
    });
    let denial = response.extensions().get::<Denial>();
    let denial = denial.map_or("-".to_owned(), |denial| format!("{denial:?}"));
    let denial = denial.split([' ', '(']).next().unwrap_or_default();
    let line = HeaderValue::from_str(&format!("{caller} {denial}")).unwrap();
    response.headers_mut().append("x-log", line);
    response
}

const ALICE: &str = "alice@https://issuer.example -";

#[require_auth(max_age = "5m")]
async fn fresh() {}

async fn serve_nothing(_: AxumRequest) -> Result<Response, Infallible> {
    Ok("a service".into_response())
}

fn routes() -> Router {
    let service = || guard::<CanRead>().layer(service_fn(serve_nothing));
    let of_axum = |path: &str| axum::Router::new().route(path, axum::routing::get(bare));
    Router::new()
        .route("/read", routing::get(read))
        .route("/any", any(read))
        .route("/optional", routing::get(optional))
        .route("/public", routing::get(public))
        .route("/hidden", routing::get(hidden))
        .route("/fresh", routing::get(fresh))
        .route("/method-fallback", routing::post(read).fallback(read))
        .route("/get-service", get_service(service()))
        .route_service("/service", service())
        .nest_service("/below", service())
        .nest("/area", Router::new().fallback(read))
        .route_unguarded("/bare", axum::routing::get(bare), "a test")
        .route_unguarded("/guarded", axum::routing::get(read), "a test")
        .nest_unguarded("/nested", of_axum("/bare"), "a test")
        .merge_unguarded(of_axum("/merged"), "a test")
        .fallback(read)
}

/// The same log outside of the finished router, and in it.
async fn servers() -> (auth_runtime::testing::Issuer, [Server; 2]) {
    let (issuer, auth) = trust();
    let outside = routes().with_auth(auth.clone()).layer(from_fn(access_log));
    let within = routes().layer(from_fn(access_log)).with_auth(auth);
    let servers = [Server::start(outside).await, Server::start(within).await];
    (issuer, servers)
}

#[tokio::test]
async fn the_response_extensions_of_an_authenticated_request_hold_the_caller() {
    let (issuer, servers) = servers().await;
    let alice = token(&issuer, "read", false);
    for server in &servers {
        for (method, path) in [
            ("GET", "/read"),
            ("HEAD", "/read"),
            ("GET", "/any"),
            ("PATCH", "/any"),
            ("GET", "/optional"),
            ("PUT", "/method-fallback"),
            ("GET", "/get-service"),
            ("GET", "/service"),
            ("GET", "/below/x"),
            ("GET", "/area/x"),
            ("GET", "/bare"),
            ("GET", "/guarded"),
            ("GET", "/nested/bare"),
            ("GET", "/merged"),
            ("GET", "/no-such-path"),
        ] {
            let response = send(server, method, path, Some(&alice)).await;
            assert_eq!(response.status, 200, "{method} {path}");
            assert_eq!(response.all("x-log"), [ALICE], "{method} {path}");
        }
        // No credential was read.
        for path in ["/public", "/optional", "/bare", "/nested/bare", "/merged"] {
            let bearer = Some(alice.as_str()).filter(|_| path == "/public");
            let response = get(server, path, bearer).await;
            assert_eq!(response.all("x-log"), ["- -"], "{path}");
        }
        let response = send(server, "POST", "/read", Some(&alice)).await;
        assert_eq!(
            (response.status, response.all("x-log")),
            (405, vec!["- -".to_owned()])
        );
    }
}

#[tokio::test]
async fn the_response_extensions_of_a_refusal_hold_the_denial_and_the_caller() {
    let (issuer, servers) = servers().await;
    let weak = token(&issuer, "other", false);
    for server in &servers {
        let log = async |path: &str, bearer: Option<&str>| {
            let response = get(server, path, bearer).await;
            (response.status, response.one("x-log").unwrap_or_default())
        };
        for path in [
            "/read",
            "/any",
            "/method-fallback",
            "/get-service",
            "/service",
            "/below/x",
            "/area/x",
            "/guarded",
            "/no-such-path",
        ] {
            let anonymous = (401, "- MissingCredentials".to_owned());
            assert_eq!(log(path, None).await, anonymous, "{path}");
            let invalid = (401, "- InvalidToken".to_owned());
            assert_eq!(log(path, Some("x")).await, invalid, "{path}");
            let forbidden = "alice@https://issuer.example InsufficientScope";
            let forbidden = (403, forbidden.to_owned());
            assert_eq!(log(path, Some(&weak)).await, forbidden, "{path}");
        }
        // Of those without a rule.
        for path in ["/optional", "/bare", "/nested/bare", "/merged"] {
            let invalid = (401, "- InvalidToken".to_owned());
            assert_eq!(log(path, Some("x")).await, invalid, "{path}");
        }
        let (status, hidden) = log("/hidden", Some(&weak)).await;
        assert_eq!(status, 404);
        assert_eq!(
            hidden, "alice@https://issuer.example InsufficientScope",
            "the log knows what the caller does not"
        );
        let (status, line) = log("/fresh", Some(&weak)).await;
        assert_eq!(status, 401);
        assert!(line.starts_with("alice@https://issuer.example "), "{line}");
        assert!(!line.ends_with(" -"), "{line}");
    }
}

#[tokio::test]
async fn the_auth_of_the_route_sets_the_caller_in_the_response_extensions() {
    let (outer, outer_auth) = trust();
    let (inner, inner_auth) = trust_in("https://other.example", "inner");
    let bound = Router::new()
        .route("/read", routing::get(read))
        .route("/public", routing::get(public))
        .bind(inner_auth);
    let app = Router::new()
        .nest("/inner", bound)
        .layer(from_fn(looks))
        .layer(from_fn(access_log))
        .with_auth(outer_auth)
        .layer(from_fn(access_log));
    let server = Server::start(app).await;
    let inner = token(&inner, "read", false);
    let outer = token(&outer, "read", false);

    let response = get(&server, "/inner/read", Some(&inner)).await;
    let line = "alice@https://other.example -";
    assert_eq!(response.all("x-log"), [line, line]);
    let response = get(&server, "/inner/read", Some(&outer)).await;
    assert_eq!(response.status, 401);
    // Whom the middleware found by its own `Auth` is not who was refused.
    let line = "- InvalidToken";
    assert_eq!(response.all("x-log"), [line, line]);
    // On a public route only the middleware has looked.
    let response = get(&server, "/inner/public", Some(&outer)).await;
    assert_eq!(response.all("x-log"), [ALICE, ALICE]);
}

#[tokio::test]
async fn an_axum_router_with_an_auth_layer_sets_the_same_response_extensions() {
    let (issuer, auth) = trust();
    let app = axum::Router::new()
        .route("/read", axum::routing::get(read))
        .route("/public", axum::routing::get(public))
        .route("/bare", axum::routing::get(bare))
        .fallback(read)
        .layer(auth.layer())
        .layer(from_fn(access_log));
    let server = Server::start(app).await;
    let reader = token(&issuer, "read", false);
    let weak = token(&issuer, "other", false);
    let log = async |path: &str, bearer: Option<&str>| {
        let request = Request::get(path);
        let request = bearer.map_or(request.clone(), |bearer| request.bearer(bearer));
        server.send(&request).await.one("x-log").unwrap_or_default()
    };
    for path in ["/read", "/bare", "/no-such-path"] {
        assert_eq!(log(path, Some(&reader)).await, ALICE, "{path}");
        assert_eq!(log(path, Some("x")).await, "- InvalidToken", "{path}");
    }
    for path in ["/read", "/no-such-path"] {
        assert_eq!(log(path, None).await, "- MissingCredentials");
        let forbidden = "alice@https://issuer.example InsufficientScope";
        assert_eq!(log(path, Some(&weak)).await, forbidden);
    }
    assert_eq!(log("/public", Some(&reader)).await, "- -");
    assert_eq!(log("/bare", None).await, "- -");
}

#[tokio::test]
async fn without_the_setting_the_response_extensions_hold_the_denial_and_no_caller() {
    let issuer = auth_runtime::testing::Issuer::new(ISSUER, AUDIENCE);
    let auth = build(Auth::builder().bearer(issuer.jwt()));
    let app = routes().with_auth(auth).layer(from_fn(access_log));
    let server = Server::start(app).await;
    let reader = token(&issuer, "read", false);
    let weak = token(&issuer, "other", false);
    for (bearer, status, line) in [(&reader, 200, "- -"), (&weak, 403, "- InsufficientScope")] {
        let response = get(&server, "/read", Some(bearer)).await;
        assert_eq!(response.status, status);
        assert_eq!(response.all("x-log"), [line]);
    }
}

/// Both find a caller: middleware by a token, the route by a badge.
#[tokio::test]
async fn the_response_extensions_hold_the_caller_of_the_route_and_not_of_middleware() {
    let (issuer, auth) = trust();
    let badges = badges_in(Source::header("x-badge"));
    let app = Router::new()
        .nest(
            "/badge",
            Router::new()
                .route("/read", routing::get(read))
                .bind(badges),
        )
        .layer(from_fn(looks))
        .with_auth(auth)
        .layer(from_fn(access_log));
    let server = Server::start(app).await;
    let request = Request::get("/badge/read").bearer(token(&issuer, "", false));
    let response = server
        .send(&request.clone().header("x-badge", "bob scopes=read"))
        .await;
    assert_eq!(response.text(), "read: bob");
    assert_eq!(response.all("x-seen"), ["alice"]);
    assert_eq!(response.all("x-log"), ["bob@badges -"]);
    let response = server.send(&request.header("x-badge", "bob")).await;
    assert_eq!(response.all("x-log"), ["bob@badges Forbidden"]);
}
