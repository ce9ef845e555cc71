//! Responses of routes that accept bearer tokens and badges.

use auth_runtime::testing::Issuer;
use auth_runtime::{Claims, Identity, optional_auth, require_auth};
use auth_tests::client::{Request, Response};
use auth_tests::clock::eventually;
use auth_tests::expected::{Expected, refused};
use auth_tests::logs::Capture;
use auth_tests::server::Server;
use axum::Router;
use axum::routing::get;
use serde::Deserialize;

use super::{BADGE, Badge, bearer_and, serve_twice};

const BEARER: &str = r#"Bearer realm="api""#;
const BADGE_LINE: &str = r#"Badge realm="api", color="\"blue\"""#;

#[require_auth]
async fn any(caller: Identity) -> String {
    format!("{} by {}", caller.subject(), caller.scheme())
}

#[require_auth(scope = "read")]
async fn read(caller: Identity) -> String {
    caller.subject().to_owned()
}

#[require_auth(role = "admin")]
async fn admin() {}

#[require_auth(acr = "gold", max_age = "5m")]
async fn gold() {}

#[require_auth(scheme = BADGE)]
async fn badge_only(caller: Identity) -> String {
    caller.subject().to_owned()
}

#[require_auth(scheme = ["bearer", BADGE])]
async fn both(caller: Identity) -> String {
    caller.subject().to_owned()
}

#[require_auth(scheme = "bearer")]
async fn bearer_only(caller: Identity) -> String {
    caller.subject().to_owned()
}

#[optional_auth]
async fn optional(caller: Option<Identity>) -> String {
    caller.map_or("anonymous".to_owned(), |caller| caller.subject().to_owned())
}

#[optional_auth(scheme = "bearer")]
async fn optional_bearer(caller: Option<Identity>) -> String {
    caller.map_or("anonymous".to_owned(), |caller| caller.subject().to_owned())
}

#[require_auth(scheme = "basic")]
async fn unknown_kind() {}

#[optional_auth(scheme = "basic")]
async fn optional_unknown_kind() {}

#[derive(Deserialize)]
struct Tenant {
    tenant: String,
}

#[require_auth]
async fn tenant(Claims(claims): Claims<Tenant>) -> String {
    claims.tenant
}

#[require_auth(claim("tenant" = "acme"))]
async fn acme() {}

fn routes() -> Router {
    Router::new()
        .route("/any", get(any))
        .route("/read", get(read))
        .route("/admin", get(admin))
        .route("/gold", get(gold))
        .route("/badge", get(badge_only))
        .route("/both", get(both))
        .route("/bearer", get(bearer_only))
        .route("/optional", get(optional))
        .route("/optional-bearer", get(optional_bearer))
        .route("/unknown-kind", get(unknown_kind))
        .route("/optional-unknown-kind", get(optional_unknown_kind))
        .route("/tenant", get(tenant))
        .route("/acme", get(acme))
}

struct World {
    servers: [Server; 2],
    issuer: Issuer,
}

impl World {
    async fn start() -> Self {
        let (issuer, builder) = bearer_and(Badge::header());
        let servers = serve_twice(builder, routes()).await;
        Self { servers, issuer }
    }

    async fn get(&self, path: &str, lines: &[(&str, &str)]) -> Response {
        let mut request = Request::get(path);
        for (name, value) in lines {
            request = request.header(name, value);
        }
        let [behind_a_layer, ours] = &self.servers;
        let response = behind_a_layer.send(&request).await;
        let ours = ours.send(&request).await;
        assert_eq!(ours.comparable(), response.comparable(), "{request:?}");
        response
    }
}

fn assert_refused(response: &Response, expected: impl Into<Expected>) {
    let expected: Expected = expected.into();
    if let Err(difference) = expected.compare(response) {
        panic!("{difference}\n{response:?}");
    }
}

#[tokio::test]
async fn a2_challenges_list_well_known_schemes_before_custom_ones() {
    let world = World::start().await;
    let unauthorized = refused(401).challenge(BEARER).challenge(BADGE_LINE);
    assert_refused(&world.get("/any", &[]).await, unauthorized.clone());
    assert_refused(&world.get("/both", &[]).await, unauthorized);
    // `scheme` restricts the accepted kinds.
    let badge = refused(401).challenge(BADGE_LINE);
    assert_refused(&world.get("/badge", &[]).await, badge);
    let bearer = refused(401).challenge(BEARER);
    assert_refused(&world.get("/bearer", &[]).await, bearer);
}

#[tokio::test]
async fn a4_a_custom_kind_that_the_route_does_not_accept_is_no_credential() {
    let world = World::start().await;
    let badge = [("x-badge", "bob")];
    let token = format!("Bearer {}", world.issuer.token("alice").sign());
    let bearer = [("authorization", token.as_str())];
    let asks_for_bearer = refused(401).challenge(BEARER);
    assert_refused(&world.get("/bearer", &badge).await, asks_for_bearer.clone());
    let asks_for_badge = refused(401).challenge(BADGE_LINE);
    assert_refused(&world.get("/badge", &bearer).await, asks_for_badge);
    // Row C13b: nor is the request anonymous on an optional route.
    let optional = world.get("/optional-bearer", &badge).await;
    assert_refused(&optional, asks_for_bearer);
    assert_eq!(world.get("/optional-bearer", &[]).await.text(), "anonymous");
}

#[tokio::test]
async fn a8_two_authorization_fields_are_400_whatever_the_route_accepts() {
    let world = World::start().await;
    let two = [
        ("authorization", "Bearer a"),
        ("authorization", "Bearer a"),
        ("x-badge", "bob"),
    ];
    let with_error = format!(
        r#"{BEARER}, error="invalid_request", error_description="Multiple methods used to include access token""#
    );
    let invalid = || refused(400).code("invalid_request");
    assert_refused(
        &world.get("/any", &two).await,
        invalid().challenge(&with_error).challenge(BADGE_LINE),
    );
    let plain = invalid().challenge(BADGE_LINE);
    assert_refused(&world.get("/badge", &two).await, plain);
}

#[tokio::test]
async fn a15_the_custom_kind_declared_first_decides_whether_valid_or_not() {
    let world = World::start().await;
    let token = format!("Bearer {}", world.issuer.token("alice").sign());
    let answer = async |authorization: &str, badge: &str| {
        let lines = [("authorization", authorization), ("x-badge", badge)];
        world.get("/any", &lines).await
    };
    assert_eq!(answer(&token, "bob").await.text(), "alice by Bearer");
    assert_eq!(answer(&token, "forged").await.text(), "alice by Bearer");
    assert_eq!(answer(&token, "panic").await.text(), "alice by Bearer");
    // A valid badge does not replace an invalid token.
    let bad = refused(401)
        .code("invalid_token")
        .challenge(format!(
            r#"{BEARER}, error="invalid_token", error_description="The access token is malformed""#
        ))
        .challenge(BADGE_LINE);
    assert_refused(&answer("Bearer x", "bob").await, bad);
    // A credential that no kind reads is not present.
    assert_eq!(answer("Unknown x", "bob").await.text(), "bob by Badge");
    assert_eq!(answer("", "bob").await.text(), "bob by Badge");
}

#[tokio::test]
async fn a15_the_scopes_of_two_credentials_are_never_added() {
    let world = World::start().await;
    let token = format!("Bearer {}", world.issuer.token("alice").sign());
    let lines = [
        ("authorization", token.as_str()),
        ("x-badge", "alice scopes=read"),
    ];
    assert_eq!(world.get("/read", &lines).await.status, 403);
    assert_eq!(world.get("/read", &lines[1..]).await.text(), "alice");
}

#[tokio::test]
async fn the_challenge_of_a_custom_kind_does_not_explain_an_invalid_credential() {
    let world = World::start().await;
    let unauthorized = refused(401)
        .challenge(format!(r#"{BEARER}, scope="read""#))
        .challenge(BADGE_LINE);
    let forged = [("x-badge", "forged")];
    assert_refused(&world.get("/read", &forged).await, unauthorized);
    let twice = [("x-badge", "bob"), ("x-badge", "bob")];
    let repeated = refused(400)
        .code("invalid_request")
        .challenge(format!(r#"{BEARER}, scope="read""#))
        .challenge(BADGE_LINE);
    assert_refused(&world.get("/read", &twice).await, repeated);
}

#[tokio::test]
async fn c5_a_custom_kind_without_scopes_gets_403_without_a_challenge() {
    let world = World::start().await;
    for path in ["/read", "/admin"] {
        let forbidden = refused(403).code("forbidden");
        let answer = world.get(path, &[("x-badge", "bob roles= scopes=")]).await;
        assert_refused(&answer, forbidden);
    }
    let token = format!("Bearer {}", world.issuer.token("alice").sign());
    let answer = world.get("/admin", &[("authorization", &token)]).await;
    let forbidden = refused(403).code("forbidden").challenge(BEARER);
    assert_refused(&answer, forbidden);
}

#[tokio::test]
async fn c8_step_up_is_not_requested_from_a_custom_kind() {
    let world = World::start().await;
    let by_badge = world.get("/gold", &[("x-badge", "bob")]).await;
    assert_refused(&by_badge, refused(403).code("forbidden"));
    let token = format!("Bearer {}", world.issuer.token("alice").sign());
    let by_token = world.get("/gold", &[("authorization", &token)]).await;
    assert_eq!(by_token.status, 401);
    assert_eq!(by_token.challenges().last().unwrap(), BADGE_LINE);
}

#[tokio::test]
async fn c13b_an_unreadable_credential_on_an_optional_route_is_401() {
    let world = World::start().await;
    let unknown = world.get("/optional", &[("x-badge", "unreadable")]).await;
    let unauthorized = refused(401).challenge(BEARER).challenge(BADGE_LINE);
    assert_refused(&unknown, unauthorized);
    assert_eq!(world.get("/optional", &[]).await.text(), "anonymous");
}

#[tokio::test]
async fn claims_that_do_not_deserialize_are_an_invalid_credential_of_their_kind() {
    let world = World::start().await;
    let fits = world
        .get("/tenant", &[("x-badge", "bob tenant=acme")])
        .await;
    assert_eq!((fits.status, fits.text().as_str()), (200, "acme"));
    let unauthorized = refused(401).challenge(BEARER).challenge(BADGE_LINE);
    let other = world.get("/tenant", &[("x-badge", "bob")]).await;
    assert_refused(&other, unauthorized);
    let acme = world.get("/acme", &[("x-badge", "bob tenant=acme")]).await;
    assert_eq!(acme.status, 200);
    let other = world.get("/acme", &[("x-badge", "bob tenant=other")]).await;
    assert_eq!(other.status, 403);
}

#[tokio::test]
async fn a_failing_authenticator_is_5xx_and_never_401() {
    let world = World::start().await;
    let capture = Capture::start();
    let unavailable = refused(503).retry_after("5");
    for (badge, expected, logged) in [
        ("down", unavailable, "the badge office is closed"),
        ("broken", refused(500), "the badge reader is broken"),
        ("panic", refused(500), "the authenticator panicked"),
        ("slow panic", refused(500), "the authenticator panicked"),
    ] {
        // The log gets one error of a route per second.
        eventually(logged, async || {
            capture.take();
            let answer = world.get("/any", &[("x-badge", badge)]).await;
            assert_refused(&answer, expected.clone());
            capture.take_runtime_events().iter().any(|event| {
                event.level == tracing::Level::ERROR
                    && event.field("scheme") == Some("Badge")
                    && event
                        .field("error")
                        .is_some_and(|error| error.contains(logged))
            })
        })
        .await;
    }
    let slow = world.get("/any", &[("x-badge", "slow")]).await;
    assert_eq!(slow.text(), "slow by Badge");
}

#[tokio::test]
async fn a_route_whose_kinds_are_not_configured_accepts_no_caller() {
    let world = World::start().await;
    let capture = Capture::start();
    for path in ["/unknown-kind", "/optional-unknown-kind"] {
        for lines in [
            &[][..],
            &[("x-badge", "bob")],
            &[("authorization", "Basic YTpi")],
        ] {
            assert_refused(&world.get(path, lines).await, refused(500));
        }
    }
    let told = capture.take_runtime_events().iter().any(|event| {
        event
            .field("error")
            .is_some_and(|error| error.contains("accepts no kind of credential"))
    });
    assert!(told);
}
