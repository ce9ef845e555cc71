//! Extractors without a guard, and behind a guard that identifies no caller.

use auth_runtime::testing::Issuer;
use auth_runtime::{
    Auth, AuthRejection, BearerToken, Claims, Identity, allow_anonymous, optional_auth,
    require_auth,
};
use auth_tests::application::{AUDIENCE, ISSUER, build};
use auth_tests::client::{Request, Response};
use auth_tests::logs::Capture;
use auth_tests::server::Server;
use axum::Router;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::routing::get;
use serde::Deserialize;
use tracing::Level;

#[derive(Deserialize)]
struct Tenant {
    tenant: String,
}

async fn identity(caller: Identity) -> String {
    caller.subject().to_owned()
}

async fn option(caller: Option<Identity>) -> String {
    caller
        .as_ref()
        .map_or("anonymous", Identity::subject)
        .to_owned()
}

async fn claims(Claims(claims): Claims<Tenant>) -> String {
    claims.tenant
}

async fn option_of_claims(claims: Option<Claims<Tenant>>) -> String {
    claims.map_or("anonymous".to_owned(), |Claims(claims)| claims.tenant)
}

async fn token(token: BearerToken) -> String {
    format!("{token:?} {}", token.reveal())
}

#[require_auth(scope = "read")]
async fn guarded_claims(Claims(claims): Claims<Tenant>) -> String {
    claims.tenant
}

#[optional_auth]
async fn optional_claims(claims: Option<Claims<Tenant>>) -> String {
    claims.map_or("anonymous".to_owned(), |Claims(claims)| claims.tenant)
}

/// A custom extractor. The macro cannot see what it extracts.
struct Asks;

impl<S: Send + Sync> FromRequestParts<S> for Asks {
    type Rejection = AuthRejection;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, AuthRejection> {
        Identity::from_request_parts(parts, state)
            .await
            .map(|_| Self)
    }
}

struct Wonders(String);

impl<S: Send + Sync> FromRequestParts<S> for Wonders {
    type Rejection = AuthRejection;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, AuthRejection> {
        let caller = Option::<Identity>::from_request_parts(parts, state).await?;
        Ok(Self(option(caller).await))
    }
}

#[allow_anonymous(reason = "a test of what is public")]
async fn public_asks(_: Asks) -> &'static str {
    "let in"
}

#[allow_anonymous(reason = "a test of what is public")]
async fn public_wonders(Wonders(caller): Wonders) -> String {
    caller
}

struct World {
    server: Server,
    issuer: Issuer,
}

impl World {
    async fn start() -> Self {
        let issuer = Issuer::new(ISSUER, AUDIENCE);
        let app = Router::new()
            .route("/identity", get(identity))
            .route("/option", get(option))
            .route("/claims", get(claims))
            .route("/option-of-claims", get(option_of_claims))
            .route("/token", get(token))
            .route("/guarded-claims", get(guarded_claims))
            .route("/optional-claims", get(optional_claims))
            .route("/public-asks", get(public_asks))
            .route("/public-wonders", get(public_wonders))
            .layer(build(Auth::builder().bearer(issuer.jwt())).layer());
        Self {
            server: Server::start(app).await,
            issuer,
        }
    }

    fn token(&self) -> String {
        self.issuer
            .token("alice")
            .scope("read")
            .claim("tenant", "acme")
            .sign()
    }

    async fn get(&self, path: &str, token: Option<&str>) -> Response {
        let request = Request::get(path);
        let request = match token {
            Some(token) => request.bearer(token),
            None => request,
        };
        self.server.send(&request).await
    }
}

#[tokio::test]
async fn an_extractor_without_a_guard_authenticates_by_itself() {
    let world = World::start().await;
    let good = world.token();
    for (path, text) in [
        ("/identity", "alice".to_owned()),
        ("/option", "alice".to_owned()),
        ("/claims", "acme".to_owned()),
        ("/option-of-claims", "acme".to_owned()),
        ("/token", format!("BearerToken([redacted]) {good}")),
    ] {
        let response = world.get(path, Some(&good)).await;
        assert_eq!((response.status, response.text()), (200, text), "{path}");
    }
}

#[tokio::test]
async fn an_extractor_without_a_guard_answers_401_like_a_guard() {
    let world = World::start().await;
    for path in ["/identity", "/claims", "/token"] {
        let response = world.get(path, None).await;
        assert_eq!(response.status, 401, "{path}");
        assert_eq!(response.challenges(), [r#"Bearer realm="api""#], "{path}");
        assert_eq!(response.all("cache-control"), ["no-store"], "{path}");
        assert_eq!(
            response.text(),
            r#"{"type":"about:blank","title":"Unauthorized","status":401}"#,
            "{path}"
        );
    }
    for path in [
        "/identity",
        "/option",
        "/claims",
        "/option-of-claims",
        "/token",
    ] {
        let response = world.get(path, Some("x")).await;
        assert_eq!(response.status, 401, "{path}");
        assert_eq!(
            response.challenges(),
            [
                r#"Bearer realm="api", error="invalid_token", error_description="The access token is malformed""#
            ],
            "{path}"
        );
        let twice = Request::get(path).bearer("x").bearer("x");
        assert_eq!(world.server.send(&twice).await.status, 400, "{path}");
    }
    for path in ["/option", "/option-of-claims", "/optional-claims"] {
        assert_eq!(world.get(path, None).await.text(), "anonymous", "{path}");
    }
}

#[tokio::test]
async fn claims_of_another_shape_count_as_a_missing_claim() {
    let world = World::start().await;
    for token in [
        world.issuer.token("alice").scope("read").sign(),
        world
            .issuer
            .token("alice")
            .scope("read")
            .claim("tenant", 7)
            .sign(),
    ] {
        for (path, scope) in [
            ("/claims", ""),
            ("/option-of-claims", ""),
            ("/optional-claims", ""),
            ("/guarded-claims", r#", scope="read""#),
        ] {
            let response = world.get(path, Some(&token)).await;
            assert_eq!(response.status, 401, "{path}");
            assert_eq!(
                response.challenges(),
                [format!(
                    r#"Bearer realm="api", error="invalid_token", error_description="The access token lacks a required claim"{scope}"#
                )],
                "{path}"
            );
        }
    }
}

#[tokio::test]
async fn c15_an_identity_extractor_on_a_public_route_is_500() {
    let world = World::start().await;
    let good = world.token();
    let capture = Capture::start();
    for token in [None, Some(good.as_str()), Some("x")] {
        let response = world.get("/public-asks", token).await;
        assert_eq!((response.status, response.challenges().len()), (500, 0));
        assert_eq!(response.all("cache-control"), ["no-store"]);
        assert_eq!(
            response.text(),
            r#"{"type":"about:blank","title":"Internal Server Error","status":500}"#
        );
        let response = world.get("/public-wonders", token).await;
        assert_eq!(
            (response.status, response.text().as_str()),
            (200, "anonymous")
        );
    }
    let events = capture.take_runtime_events();
    let error = events
        .iter()
        .find(|event| event.level == Level::ERROR)
        .expect("an error");
    assert!(error.message().contains("#[optional_auth]"), "{error:?}");
    assert!(
        error.field("policy").unwrap().ends_with("public_asks"),
        "{error:?}"
    );
}
