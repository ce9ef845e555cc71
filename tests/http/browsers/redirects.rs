//! Row H2: a page navigation is redirected, and nothing else is.

use auth_runtime::testing::Issuer;
use auth_runtime::{Auth, optional_auth, render};
use auth_tests::application::{AUDIENCE, ISSUER, build};
use auth_tests::client::Request;
use auth_tests::server::Server;
use axum::Router;
use axum::routing::get;

use super::{VARY, assert_redirect, assert_refused, auth, navigation, orders, serve};

const OF_BROWSERS: &str = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";

#[tokio::test]
async fn h2_a_page_navigation_is_redirected_to_the_log_in_page() {
    let server = serve().await;
    let page = "/orders?page=2";
    let location = "/login?next=%2Forders%3Fpage%3D2";
    for request in [
        navigation(page),
        navigation(page).header("Accept", "*/*"),
        navigation(page).header("Sec-Fetch-Dest", "iframe"),
        navigation(page).header("Sec-Fetch-Site", "cross-site"),
        navigation(page).header("Cookie", "pass=expired"),
        navigation(page).header("Cookie", "other=1"),
        navigation(page).header("Authorization", "Unknown x"),
        navigation(page).method("HEAD"),
        Request::get(page).header("Accept", OF_BROWSERS),
        Request::get(page).header("Accept", "TEXT/HTML;q=0.5"),
        Request::get(page)
            .header("Accept", OF_BROWSERS)
            .method("HEAD"),
    ] {
        let response = server.send(&request).await;
        assert_redirect(&response, location);
    }
    let alice = navigation(page).header("Cookie", "pass=alice");
    assert_eq!(server.send(&alice).await.text(), "orders");
}

#[tokio::test]
async fn h2_no_other_request_is_redirected() {
    let server = serve().await;
    let get = || Request::get("/orders");
    let fetch = |mode| {
        get()
            .header("Sec-Fetch-Mode", mode)
            .header("Accept", "text/html")
    };
    let post = || Request::post("/orders", "application/x-www-form-urlencoded", "a=b");
    for request in [
        get(),
        get().header("Accept", "*/*"),
        get().header("Accept", "application/json"),
        get().header("Accept", "text/html;q=0, */*"),
        fetch("cors"),
        fetch("no-cors"),
        fetch("same-origin"),
        fetch("websocket"),
        fetch("navigate").header("Sec-Fetch-Mode", "cors"),
        get()
            .header("Accept", OF_BROWSERS)
            .header("X-Requested-With", "XMLHttpRequest"),
        post().header("Accept", OF_BROWSERS),
        post().header("Sec-Fetch-Mode", "navigate"),
        get().method("DELETE").header("Sec-Fetch-Mode", "navigate"),
    ] {
        assert_refused(&server.send(&request).await, "");
        let expired = request.header("Cookie", "pass=expired");
        assert_refused(&server.send(&expired).await, "session_expired");
    }
    for request in [
        navigation("/orders").header("Content-Type", "application/grpc"),
        post_grpc().header("Accept", OF_BROWSERS),
    ] {
        let response = server.send(&request).await;
        assert_eq!(response.status, 401);
        assert_eq!(response.one("grpc-status").as_deref(), Some("16"));
        assert_eq!(response.one("location"), None);
    }
}

fn post_grpc() -> Request {
    Request::post("/orders", "application/grpc", "")
}

#[tokio::test]
async fn h2_only_a_401_is_redirected() {
    let server = serve().await;
    let alice = |target| navigation(target).header("Cookie", "pass=alice");
    let twice = navigation("/orders").header("Cookie", "pass=a; pass=b");
    let forbidden = r#"{"type":"about:blank","title":"Forbidden","status":403,"code":"forbidden"}"#;
    let repeated =
        r#"{"type":"about:blank","title":"Bad Request","status":400,"code":"invalid_request"}"#;
    for (request, status, body) in [(alice("/admin"), 403, forbidden), (twice, 400, repeated)] {
        let response = server.send(&request).await;
        assert_eq!((response.status, response.text().as_str()), (status, body));
        assert_eq!(response.one("location"), None);
        assert_eq!(response.one("vary").as_deref(), Some(VARY));
    }
}

#[tokio::test]
async fn a_renderer_of_the_application_redirects_only_a_401() {
    let browsers = render::for_browsers("/login");
    let renderer =
        move |_: &_, request: &_| browsers(&auth_runtime::Denial::MissingCredentials, request);
    let auth = Auth::builder()
        .authenticator(super::Pass)
        .renderer(renderer);
    let server = Server::start(super::routes().with_auth(build(auth))).await;
    let admin = navigation("/admin").header("Cookie", "pass=alice");
    let response = server.send(&admin).await;
    assert_eq!((response.status, response.one("location")), (403, None));
    assert_redirect(
        &server.send(&navigation("/admin")).await,
        "/login?next=%2Fadmin",
    );
}

#[tokio::test]
async fn next_is_the_target_as_it_was_sent() {
    let server = serve().await;
    let behind_a_layer = Router::new().nest(
        "/shop/{name}",
        Router::new()
            .route("/orders", get(orders))
            .layer(auth().layer()),
    );
    let behind_a_layer = Server::start(behind_a_layer).await;
    for server in [server, behind_a_layer] {
        for (target, location) in [
            ("/shop/a/orders", "/login?next=%2Fshop%2Fa%2Forders"),
            (
                "/shop/a%2Fb/orders?x=%26",
                "/login?next=%2Fshop%2Fa%252Fb%2Forders%3Fx%3D%2526",
            ),
            (
                "http://evil.example/shop/a/orders",
                "/login?next=%2Fshop%2Fa%2Forders",
            ),
            ("/shop/a\\b/orders", "/login"),
            ("/shop/\u{e4}/orders", "/login"),
        ] {
            assert_redirect(&server.send(&navigation(target)).await, location);
        }
    }
}

#[tokio::test]
async fn a_request_that_is_routed_with_two_slashes_has_no_next() {
    let page = Router::new().fallback(get(orders)).layer(auth().layer());
    let server = Server::start(page).await;
    for target in [
        "//evil.example/",
        "//evil.example/%2e%2e",
        "/%2Fevil.example",
        "/a//b",
    ] {
        assert_redirect(&server.send(&navigation(target)).await, "/login");
    }
}

#[tokio::test]
async fn a_guarded_log_in_page_is_401() {
    let page = Router::new()
        .route("/login", get(orders))
        .layer(auth().layer());
    let server = Server::start(page).await;
    assert_refused(&server.send(&navigation("/login?next=%2F")).await, "");
}

#[optional_auth]
async fn home() -> &'static str {
    "home"
}

#[tokio::test]
async fn a_page_for_everyone_redirects_only_a_bad_credential() {
    let server = Server::start(Router::new().route("/", get(home)).layer(auth().layer())).await;
    assert_eq!(server.send(&navigation("/")).await.text(), "home");
    let expired = navigation("/").header("Cookie", "pass=expired");
    assert_redirect(&server.send(&expired).await, "/login?next=%2F");
}

#[tokio::test]
async fn a_navigation_with_a_bad_token_is_redirected_too() {
    let issuer = Issuer::new(ISSUER, AUDIENCE);
    let auth = Auth::builder().bearer(issuer.jwt());
    let auth = build(auth.renderer(render::for_browsers("/login?lang=de")));
    let server = Server::start(super::routes().with_auth(auth)).await;
    let response = server.send(&navigation("/orders").bearer("x")).await;
    assert_redirect(&response, "/login?lang=de&next=%2Forders");
}
