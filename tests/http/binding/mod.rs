//! The authentication stored in a request belongs to one `Auth` and one credential.

mod changed_credentials;
mod extractors;
mod missing_layer;
mod single_verification;

use auth_runtime::testing::Issuer;
use auth_runtime::{Auth, AuthRejection, Identity, require_auth};
use auth_tests::application::{AUDIENCE, ISSUER, build};
use auth_tests::client::Request;
use auth_tests::server::Server;
use axum::Router;
use axum::extract::Request as AxumRequest;
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use axum::routing::get;

const OTHER_ISSUER: &str = "https://other.example";

#[require_auth(scope = "read")]
async fn whoami(caller: Identity) -> String {
    format!("{} of {}", caller.subject(), caller.issuer())
}

/// Middleware that extracts the caller and continues in any case.
async fn looks(_: Result<Identity, AuthRejection>, request: AxumRequest, next: Next) -> Response {
    next.run(request).await
}

/// Two issuers, and an `Auth` that trusts one of them each.
fn two() -> [(Issuer, Auth); 2] {
    [(ISSUER, "first"), (OTHER_ISSUER, "second")].map(|(name, realm)| {
        let issuer = Issuer::new(name, AUDIENCE);
        let auth = build(Auth::builder().bearer(issuer.jwt()).realm(realm));
        (issuer, auth)
    })
}

fn reader(issuer: &Issuer) -> String {
    issuer.token("alice").scope("read").sign()
}

async fn assert_untrusted(server: &Server, path: &str, token: &str, realm: &str) {
    let response = server.send(&Request::get(path).bearer(token)).await;
    assert_eq!(response.status, 401, "{path} {realm}");
    assert_eq!(
        response.challenges(),
        [format!(
            r#"Bearer realm="{realm}", error="invalid_token", error_description="The access token issuer is not trusted", scope="read""#
        )]
    );
}

async fn assert_let_in(server: &Server, path: &str, token: &str, text: &str) {
    let response = server.send(&Request::get(path).bearer(token)).await;
    assert_eq!(
        (response.status, response.text().as_str()),
        (200, text),
        "{path}"
    );
}

#[tokio::test]
async fn merged_routers_each_keep_their_own_auth() {
    let [(first, first_auth), (second, second_auth)] = two();
    let app = Router::new()
        .merge(
            Router::new()
                .route("/first", get(whoami))
                .layer(first_auth.layer()),
        )
        .merge(
            Router::new()
                .route("/second", get(whoami))
                .layer(second_auth.layer()),
        );
    let server = Server::start(app).await;
    assert_let_in(
        &server,
        "/first",
        &reader(&first),
        "alice of https://issuer.example",
    )
    .await;
    assert_let_in(
        &server,
        "/second",
        &reader(&second),
        "alice of https://other.example",
    )
    .await;
    assert_untrusted(&server, "/first", &reader(&second), "first").await;
    assert_untrusted(&server, "/second", &reader(&first), "second").await;
}

#[tokio::test]
async fn the_inner_of_two_nested_auths_decides() {
    let [(outer, outer_auth), (inner, inner_auth)] = two();
    let nested = Router::new()
        .route("/inner", get(whoami))
        .layer(inner_auth.layer());
    let app = Router::new()
        .route("/outer", get(whoami))
        .nest("/nested", nested)
        .layer(outer_auth.layer());
    let server = Server::start(app).await;
    assert_let_in(
        &server,
        "/outer",
        &reader(&outer),
        "alice of https://issuer.example",
    )
    .await;
    assert_let_in(
        &server,
        "/nested/inner",
        &reader(&inner),
        "alice of https://other.example",
    )
    .await;
    assert_untrusted(&server, "/outer", &reader(&inner), "first").await;
    assert_untrusted(&server, "/nested/inner", &reader(&outer), "second").await;
}

#[tokio::test]
async fn an_identity_of_the_outer_auth_does_not_count_for_the_inner_one() {
    let [(outer, outer_auth), (inner, inner_auth)] = two();
    // The middleware is between the two layers, and uses the outer `Auth`.
    let app = Router::new()
        .route("/", get(whoami))
        .layer(inner_auth.layer())
        .layer(from_fn(looks))
        .layer(outer_auth.layer());
    let server = Server::start(app).await;
    // Good outside, untrusted inside; and the other way round.
    assert_untrusted(&server, "/", &reader(&outer), "second").await;
    assert_let_in(
        &server,
        "/",
        &reader(&inner),
        "alice of https://other.example",
    )
    .await;
}

#[tokio::test]
async fn an_inner_auth_with_fewer_grants_for_the_issuer_decides_by_its_own_grants() {
    let issuer = Issuer::new(ISSUER, AUDIENCE);
    let trusting = build(Auth::builder().bearer(issuer.jwt()));
    let capped = build(Auth::builder().bearer(issuer.jwt().grants(["other"], ["other"])));
    let app = Router::new()
        .route("/", get(whoami))
        .layer(capped.layer())
        .layer(from_fn(looks))
        .layer(trusting.layer());
    let server = Server::start(app).await;
    let response = server
        .send(&Request::get("/").bearer(reader(&issuer)))
        .await;
    assert_eq!(response.status, 403);
}

#[tokio::test]
async fn two_auths_of_one_configuration_stay_separate() {
    let issuer = Issuer::new(ISSUER, AUDIENCE);
    let other = Issuer::new(ISSUER, AUDIENCE);
    // Same issuer, same audience, same `kid`, other keys.
    let outer = build(Auth::builder().bearer(other.jwt()));
    let inner = build(Auth::builder().bearer(issuer.jwt()));
    let app = Router::new()
        .route("/", get(whoami))
        .layer(inner.layer())
        .layer(from_fn(looks))
        .layer(outer.layer());
    let server = Server::start(app).await;
    let forged = server.send(&Request::get("/").bearer(reader(&other))).await;
    assert_eq!(forged.status, 401);
    assert_let_in(
        &server,
        "/",
        &reader(&issuer),
        "alice of https://issuer.example",
    )
    .await;
}
