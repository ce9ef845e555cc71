//! The guard decides before the body is read and before any other extractor runs.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use auth_runtime::testing::Issuer;
use auth_runtime::{Auth, require_auth};
use auth_tests::application::{AUDIENCE, ISSUER, World, build};
use auth_tests::client::{Request, Response};
use auth_tests::clock::unless_it_hangs;
use auth_tests::server::Server;
use axum::extract::{FromRequestParts, Path};
use axum::http::request::Parts;
use axum::routing::get;
use axum::{Extension, Router};

/// Sends a head whose body never comes and reads what is answered meanwhile, by either router.
async fn without_the_body(world: &World, headers: &[&str]) -> Option<Response> {
    let response = head_only(&world.server, headers).await;
    let by_auth_router = head_only(&world.auth_router, headers).await;
    assert_eq!(
        by_auth_router.as_ref().map(Response::comparable),
        response.as_ref().map(Response::comparable)
    );
    response
}

async fn head_only(server: &Server, headers: &[&str]) -> Option<Response> {
    let mut connection = server.connect().await;
    let mut head = "POST /write HTTP/1.1\r\nHost: test\r\n".to_owned();
    for header in headers {
        head.push_str(header);
        head.push_str("\r\n");
    }
    head.push_str("Content-Type: application/json\r\n\r\n");
    connection.write(head.as_bytes()).await;
    unless_it_hangs(connection.read(false)).await
}

#[tokio::test]
async fn an_anonymous_request_gets_401_whatever_its_body_is() {
    let world = World::start().await;
    for (content_type, body) in [
        ("application/json", "{"),
        ("application/json", r#"{"n":"x"}"#),
        ("application/json", ""),
        ("text/plain", r#"{"n":1}"#),
        ("application/json", r#"{"n":1}"#),
    ] {
        let response = world
            .send(&Request::post("/write", content_type, body))
            .await;
        assert_eq!(response.status, 401, "{body}");
        assert_eq!(
            response.challenges(),
            [r#"Bearer realm="api", scope="write""#]
        );
    }
}

#[tokio::test]
async fn a_malformed_body_is_reported_to_authorized_callers_only() {
    let world = World::start().await;
    let bad = |token: &str| Request::post("/write", "application/json", "{").bearer(token);
    let reader = world.send(&bad(&world.reader().sign())).await;
    assert_eq!(reader.status, 403);
    let writer = world.send(&bad(&world.alice().scope("write").sign())).await;
    assert_eq!((writer.status, writer.challenges().len()), (400, 0));
    let good = Request::post("/write", "application/json", r#"{"n":3}"#);
    let good = world
        .send(&good.bearer(world.alice().scope("write").sign()))
        .await;
    assert_eq!((good.status, good.text().as_str()), (200, "write: 3"));
}

#[tokio::test]
async fn a_missing_body_does_not_delay_the_refusal() {
    let world = World::start().await;
    let expired = format!(
        "Authorization: Bearer {}",
        world.alice().claim("exp", 1).sign()
    );
    let reader = format!("Authorization: Bearer {}", world.reader().sign());
    for length in ["Content-Length: 1000000", "Transfer-Encoding: chunked"] {
        let anonymous = without_the_body(&world, &[length])
            .await
            .expect("an answer at once");
        assert_eq!(anonymous.status, 401, "{length}");
        let expired = without_the_body(&world, &[length, &expired]).await;
        assert_eq!(expired.expect("an answer at once").status, 401, "{length}");
        let reader = without_the_body(&world, &[length, &reader]).await;
        assert_eq!(reader.expect("an answer at once").status, 403, "{length}");
        world.assert_in_order().await;
    }
}

#[tokio::test]
async fn expect_100_continue_is_answered_100_for_authorized_callers_only() {
    let world = World::start().await;
    let headers = ["Expect: 100-continue", "Content-Length: 7"];
    let refused = without_the_body(&world, &headers)
        .await
        .expect("an answer at once");
    assert_eq!(refused.status, 401);
    let writer = format!(
        "Authorization: Bearer {}",
        world.alice().scope("write").sign()
    );
    let go_on = without_the_body(&world, &[headers[0], headers[1], &writer]).await;
    assert_eq!(go_on.expect("an answer at once").status, 100);
}

/// Counts how often it is extracted.
struct Counted;

type Count = Arc<AtomicUsize>;

impl<S: Sync> FromRequestParts<S> for Counted {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        parts
            .extensions
            .get::<Count>()
            .unwrap()
            .fetch_add(1, Ordering::SeqCst);
        Ok(Self)
    }
}

#[require_auth(scope = "read")]
async fn counted(_: Counted, Path(number): Path<u32>) -> String {
    number.to_string()
}

#[tokio::test]
async fn no_extractor_of_the_handler_runs_for_a_denied_caller() {
    let issuer = Issuer::new(ISSUER, AUDIENCE);
    let count = Count::default();
    let app = Router::new()
        .route("/{number}", get(counted))
        .layer(build(Auth::builder().bearer(issuer.jwt())).layer())
        .layer(Extension(Arc::clone(&count)));
    let server = Server::start(app).await;

    // A path that can't be parsed is 400 only to who may see that.
    assert_eq!(server.send(&Request::get("/x")).await.status, 401);
    let alice = issuer.token("alice").sign();
    assert_eq!(
        server.send(&Request::get("/x").bearer(alice)).await.status,
        403
    );
    assert_eq!(count.load(Ordering::SeqCst), 0);

    let reader = issuer.token("alice").scope("read").sign();
    assert_eq!(
        server
            .send(&Request::get("/x").bearer(&reader))
            .await
            .status,
        400
    );
    assert_eq!(
        server
            .send(&Request::get("/7").bearer(&reader))
            .await
            .status,
        200
    );
    assert_eq!(count.load(Ordering::SeqCst), 2);
}
