//! Headers that keep shared caches from storing responses to custom credentials.

use auth_runtime::api_key::{MemoryApiKeys, NewApiKey};
use auth_runtime::authenticator::Source;
use auth_runtime::{ApiKeys, Auth, allow_anonymous, optional_auth, require_auth};
use auth_tests::client::{Request, Response};
use axum::Router;
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, REFERRER_POLICY};
use axum::response::IntoResponse;
use axum::routing::get;

use super::{Badge, bearer_and, serve_twice};

#[require_auth]
async fn plain() -> &'static str {
    "plain"
}

#[require_auth]
async fn own() -> impl IntoResponse {
    [(CACHE_CONTROL, "max-age=60"), (REFERRER_POLICY, "origin")]
}

#[require_auth]
async fn failing() -> StatusCode {
    StatusCode::NOT_FOUND
}

#[require_auth(scope = "read", hide)]
async fn hidden() {}

#[require_auth(scope = "read", hide = "always")]
async fn hidden_always() {}

#[optional_auth]
async fn optional() {}

#[allow_anonymous(reason = "a test")]
async fn public() {}

fn routes() -> Router {
    Router::new()
        .route("/plain", get(plain).post(plain))
        .route("/own", get(own))
        .route("/failing", get(failing))
        .route("/hidden", get(hidden))
        .route("/hidden-always", get(hidden_always))
        .route("/optional", get(optional))
        .route("/public", get(public))
        .route("/bare", get(async || "bare"))
}

fn policies(response: &Response) -> (Option<String>, Option<String>) {
    (
        response.one("cache-control"),
        response.one("referrer-policy"),
    )
}

fn says(cache: &str, referrer: &str) -> (Option<String>, Option<String>) {
    let some = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
    (some(cache), some(referrer))
}

#[tokio::test]
async fn a_credential_outside_authorization_makes_the_response_private() {
    let (issuer, builder) = bearer_and(Badge::header());
    for server in serve_twice(builder, routes()).await {
        let by_badge = async |path| {
            let request = Request::get(path).header("x-badge", "bob");
            policies(&server.send(&request).await)
        };
        assert_eq!(by_badge("/plain").await, says("private", ""));
        assert_eq!(by_badge("/failing").await, says("private", ""));
        assert_eq!(by_badge("/optional").await, says("private", ""));
        assert_eq!(by_badge("/own").await, says("max-age=60", "origin"));
        // The badge was not read.
        assert_eq!(by_badge("/public").await, says("", ""));
        assert_eq!(by_badge("/bare").await, says("", ""));

        // Shared caches store no responses to requests with `Authorization`, and a response to an anonymous
        // request may be stored.
        let token = issuer.token("alice").sign();
        let by_token = Request::get("/plain").bearer(&token);
        assert_eq!(policies(&server.send(&by_token).await), says("", ""));
        let both = by_token.header("x-badge", "bob");
        assert_eq!(policies(&server.send(&both).await), says("", ""));
        let anonymous = Request::get("/optional");
        assert_eq!(policies(&server.send(&anonymous).await), says("", ""));
        let refused = Request::get("/plain").header("x-badge", "forged");
        assert_eq!(policies(&server.send(&refused).await), says("no-store", ""));
    }
}

#[tokio::test]
async fn g5_a_credential_in_the_query_sets_referrer_policy_no_referrer() {
    let badge = Badge::from(Source::Query("badge".to_owned()));
    for server in serve_twice(bearer_and(badge).1, routes()).await {
        let answer = async |target: &str| policies(&server.send(&Request::get(target)).await);
        assert_eq!(
            answer("/plain?badge=bob").await,
            says("private", "no-referrer")
        );
        assert_eq!(answer("/own?badge=bob").await, says("max-age=60", "origin"));
        assert_eq!(answer("/optional?other=bob").await, says("", ""));
    }
}

#[tokio::test]
async fn c7_the_headers_of_a_hidden_route_do_not_reveal_the_route() {
    for source in [
        Source::header("x-badge"),
        Source::Cookie("badge".to_owned()),
        Source::Query("badge".to_owned()),
    ] {
        for server in serve_twice(bearer_and(Badge::from(source)).1, routes()).await {
            let answer = async |path: &str| {
                let request = Request::get(&format!("{path}?badge=bob"))
                    .header("x-badge", "bob")
                    .header("cookie", "badge=bob");
                server.send(&request).await.comparable()
            };
            let no_such_path = answer("/no-such-path").await;
            assert_eq!(no_such_path.status, 404);
            assert_eq!(answer("/hidden").await, no_such_path);
            assert_eq!(answer("/hidden-always").await, no_such_path);
        }
    }
}

#[tokio::test]
async fn h9_a_cookie_makes_the_response_private_and_a_page_is_not_stored() {
    let badge = || Badge::from(Source::Cookie("badge".to_owned()));
    let keys = ApiKeys::new(MemoryApiKeys::new()).cookie("badge");
    let (_, key) = keys.create(NewApiKey::new("alice")).await.unwrap();
    for (builder, value) in [
        (bearer_and(badge()).1, "bob".to_owned()),
        (Auth::builder().api_keys(keys), key.reveal().to_owned()),
    ] {
        for server in serve_twice(builder, routes()).await {
            let by_cookie =
                |path| Request::get(path).header("cookie", format!("a=b; badge={value}"));
            let answer = async |request: Request| policies(&server.send(&request).await);
            let navigation = |path| by_cookie(path).header("sec-fetch-mode", "navigate");
            assert_eq!(answer(navigation("/plain")).await, says("no-store", ""));
            assert_eq!(answer(navigation("/failing")).await, says("no-store", ""));
            assert_eq!(answer(navigation("/optional")).await, says("no-store", ""));
            assert_eq!(
                answer(navigation("/own")).await,
                says("max-age=60", "origin")
            );
            let head = navigation("/plain").method("HEAD");
            assert_eq!(answer(head).await, says("no-store", ""));
            let form = navigation("/plain").method("POST");
            assert_eq!(answer(form).await, says("no-store", ""));
            let old_browser = by_cookie("/plain").header("accept", "text/html,*/*;q=0.8");
            assert_eq!(answer(old_browser).await, says("no-store", ""));

            let script = by_cookie("/plain").header("sec-fetch-mode", "cors");
            assert_eq!(answer(script).await, says("private", ""));
            let htmx = by_cookie("/plain").header("hx-request", "true");
            let htmx = htmx.header("accept", "text/html, */*");
            assert_eq!(answer(htmx).await, says("private", ""));
            assert_eq!(answer(by_cookie("/plain")).await, says("private", ""));

            // The cookie was not read, or decided nothing.
            assert_eq!(answer(navigation("/public")).await, says("", ""));
            let anonymous = Request::get("/optional").header("sec-fetch-mode", "navigate");
            assert_eq!(answer(anonymous).await, says("", ""));
        }
    }
}

#[tokio::test]
async fn h9_a_page_is_stored_by_the_browser_if_no_cookie_decided() {
    let navigation = |target| Request::get(target).header("sec-fetch-mode", "navigate");
    let (issuer, builder) = bearer_and(Badge::from(Source::Query("badge".to_owned())));
    for server in serve_twice(builder, routes()).await {
        let answer = async |request: Request| policies(&server.send(&request).await);
        let by_query = navigation("/plain?badge=bob").header("cookie", "badge=bob");
        assert_eq!(answer(by_query).await, says("private", "no-referrer"));
        let by_token = navigation("/plain").bearer(issuer.token("alice").sign());
        assert_eq!(answer(by_token).await, says("", ""));
    }
}
