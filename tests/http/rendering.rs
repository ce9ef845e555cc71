//! A renderer writes the body of a refusal and cannot change its status and challenges.

use auth_runtime::auth::RoleDenied;
use auth_runtime::render::{self, Rendering};
use auth_runtime::testing::Issuer;
use auth_runtime::{Auth, AuthBuilder, Denial};
use auth_tests::application::{AUDIENCE, ISSUER, build, checks, routes};
use auth_tests::client::{Request, Response};
use auth_tests::server::Server;
use axum::Router;
use axum::http::header::{
    CACHE_CONTROL, CONNECTION, CONTENT_LENGTH, CONTENT_TYPE, RETRY_AFTER, TRANSFER_ENCODING,
    WWW_AUTHENTICATE,
};
use axum::http::{HeaderName, HeaderValue};

const ANONYMOUS: &str = r#"Bearer realm="api", scope="read""#;
const MALFORMED: &str = r#"Bearer realm="api", error="invalid_token", error_description="The access token is malformed", scope="read""#;
const NEEDS_READ: &str = r#"Bearer realm="api", error="insufficient_scope", error_description="The access token lacks a required scope", scope="read""#;

struct World {
    server: Server,
    issuer: Issuer,
}

impl World {
    async fn start(configure: impl FnOnce(AuthBuilder) -> AuthBuilder) -> Self {
        let issuer = Issuer::new(ISSUER, AUDIENCE);
        let auth = build(configure(Auth::builder().bearer(issuer.jwt())));
        let app = Router::new()
            .merge(routes())
            .merge(checks(std::sync::Arc::default()))
            .layer(auth.layer());
        Self {
            server: Server::start(app).await,
            issuer,
        }
    }

    async fn anonymous(&self, path: &str) -> Response {
        self.server.send(&Request::get(path)).await
    }

    async fn bearer(&self, path: &str, token: &str) -> Response {
        self.server.send(&Request::get(path).bearer(token)).await
    }

    /// A good token that grants nothing.
    async fn alice(&self, path: &str) -> Response {
        self.bearer(path, &self.issuer.token("alice").sign()).await
    }
}

fn assert_answer(response: &Response, status: u16, content_type: &str, body: &str) {
    assert_eq!(response.status, status, "{response:?}");
    assert_eq!(
        response.one("content-type").as_deref(),
        Some(content_type),
        "{response:?}"
    );
    assert_eq!(response.all("cache-control"), ["no-store"], "{response:?}");
    assert_eq!(response.text(), body);
}

#[tokio::test]
async fn the_error_and_message_format_is_one_object_for_every_refusal() {
    let world = World::start(|auth| auth.renderer(render::error_and_message)).await;
    let json = "application/json";
    let anonymous = world.anonymous("/read").await;
    let body = r#"{"error":"unauthorized","message":"Authentication is required"}"#;
    assert_answer(&anonymous, 401, json, body);
    assert_eq!(anonymous.challenges(), [ANONYMOUS]);

    let malformed = world.bearer("/read", "x").await;
    let body = r#"{"error":"invalid_token","message":"The access token is malformed"}"#;
    assert_answer(&malformed, 401, json, body);
    assert_eq!(malformed.challenges(), [MALFORMED]);

    let alice = world.alice("/read").await;
    let body =
        r#"{"error":"insufficient_scope","message":"The access token lacks a required scope"}"#;
    assert_answer(&alice, 403, json, body);
    assert_eq!(alice.challenges(), [NEEDS_READ]);

    for (path, status, error) in [
        ("/admin", 403, "forbidden"),
        ("/check/not-found", 404, "not_found"),
        ("/check/unavailable", 503, "temporarily_unavailable"),
        ("/check/failed", 500, "server_error"),
        ("/gold", 401, "insufficient_user_authentication"),
    ] {
        let response = world.alice(path).await;
        assert_eq!(response.status, status, "{path}");
        let beginning = format!(r#"{{"error":"{error}","message":""#);
        assert!(
            response.text().starts_with(&beginning),
            "{path}: {response:?}"
        );
        assert!(!response.text().contains("secret"), "{path}: {response:?}");
    }
}

#[tokio::test]
async fn the_plain_text_format_is_the_description_alone() {
    let world = World::start(|auth| auth.renderer(render::plain_text)).await;
    let text = "text/plain; charset=utf-8";
    assert_answer(
        &world.anonymous("/read").await,
        401,
        text,
        "Authentication is required",
    );
    assert_answer(
        &world.bearer("/read", "x").await,
        401,
        text,
        "The access token is malformed",
    );
    let alice = world.alice("/read").await;
    assert_answer(&alice, 403, text, "The access token lacks a required scope");
    assert_eq!(alice.challenges(), [NEEDS_READ]);
    let head = world
        .server
        .send(&Request::get("/read").method("HEAD"))
        .await;
    assert_eq!((head.status, head.body.len()), (401, 0));
}

#[tokio::test]
async fn a_renderer_cannot_change_the_meaning_of_a_refusal() {
    let hostile = |_: &Denial, _: &axum::http::request::Parts| {
        let value = HeaderValue::from_static;
        Rendering::text("come in")
            .header(WWW_AUTHENTICATE, value("Basic realm=\"mine\""))
            .header(CACHE_CONTROL, value("public, max-age=3600"))
            .header(CONTENT_LENGTH, value("1"))
            .header(TRANSFER_ENCODING, value("chunked"))
            .header(RETRY_AFTER, value("0"))
            .header(CONTENT_TYPE, value("text/mine"))
            .header(HeaderName::from_static("x-mine"), value("1"))
    };
    let world = World::start(|auth| auth.renderer(hostile)).await;
    for (response, status, challenge) in [
        (world.anonymous("/read").await, 401, ANONYMOUS),
        (world.bearer("/read", "x").await, 401, MALFORMED),
        (world.alice("/read").await, 403, NEEDS_READ),
        (world.alice("/admin").await, 403, r#"Bearer realm="api""#),
    ] {
        assert_answer(&response, status, "text/mine", "come in");
        assert_eq!(response.challenges(), [challenge]);
        assert_eq!(response.one("content-length").as_deref(), Some("7"));
        assert_eq!(response.one("transfer-encoding"), None);
        assert_eq!(response.one("retry-after"), None);
        assert_eq!(response.one("x-mine").as_deref(), Some("1"));
    }
    let unavailable = world.alice("/check/unavailable").await;
    assert_eq!(unavailable.one("retry-after").as_deref(), Some("5"));
    assert_eq!(unavailable.challenges().len(), 0);
}

#[tokio::test]
async fn a_renderer_cannot_set_connection_or_other_hop_by_hop_headers() {
    let world = World::start(|auth| {
        auth.renderer(|_, _| {
            Rendering::empty().header(CONNECTION, HeaderValue::from_static("upgrade"))
        })
    })
    .await;
    let response = world.anonymous("/read").await;
    assert_eq!((response.status, response.challenges().len()), (401, 1));
    assert_eq!(response.body.len(), 0);
}

#[tokio::test]
async fn a_renderer_sees_the_request_and_the_denial() {
    let world = World::start(|auth| {
        auth.renderer(|denial, request| {
            Rendering::text(format!(
                "{} {} {} {:?}",
                request.method,
                request.uri.path(),
                denial.status().as_u16(),
                denial.code()
            ))
        })
    })
    .await;
    assert_eq!(world.anonymous("/read").await.text(), "GET /read 401 None");
    assert_eq!(
        world.alice("/read").await.text(),
        r#"GET /read 403 Some("insufficient_scope")"#
    );
}

/// Row I15: what fails on our side fails closed, with an answer.
#[tokio::test]
async fn a_panicking_renderer_changes_only_the_body() {
    let world =
        World::start(|auth| auth.renderer(|_, _| panic!("the secret of the renderer"))).await;
    let anonymous = world.anonymous("/read").await;
    let body = r#"{"type":"about:blank","title":"Unauthorized","status":401}"#;
    assert_answer(&anonymous, 401, "application/problem+json", body);
    assert_eq!(anonymous.challenges(), [ANONYMOUS]);
}

#[tokio::test]
async fn a_panicking_not_found_renderer_still_hides_the_route() {
    let panics = |_: &axum::http::request::Parts| panic!("the secret of what is hidden");
    let world = World::start(|auth| auth.not_found(panics)).await;
    let hidden = world.anonymous("/hidden-always").await;
    assert_eq!((hidden.status, hidden.text().as_str()), (404, ""));
}

#[tokio::test]
async fn i15_a_panicking_clock_is_500() {
    let world = World::start(|auth| auth.clock(|| panic!("the secret of the clock"))).await;
    let token = world.issuer.token("alice").scope("read").sign();
    let request = Request::get("/read").bearer(token);
    let response = world.server.try_send(&request).await.expect("an answer");
    assert_eq!(response.status, 500);
    assert!(!response.text().contains("secret"), "{response:?}");
}

#[tokio::test]
async fn without_verbose_errors_all_invalid_tokens_are_answered_alike() {
    let world = World::start(|auth| auth.verbose_errors(false)).await;
    let token = || world.issuer.token("alice").scope("read");
    let other = Issuer::new(ISSUER, AUDIENCE).token("alice").scope("read");
    let expected = r#"Bearer realm="api", error="invalid_token", error_description="The access token is invalid", scope="read""#;
    for (what, bad) in [
        ("A5", String::new()),
        ("A16", "a".repeat(9000)),
        ("B1", "x".to_owned()),
        ("B3", token().header("alg", "none").sign()),
        ("B4", token().header("alg", "RS256").sign()),
        ("B6", token().header("crit", ["x"]).sign()),
        ("B8", other.sign()),
        ("B9", token().header("kid", "x").sign()),
        ("B10", token().header("typ", "JWT").sign()),
        ("B11", token().claim("exp", 1).sign()),
        ("B12", token().without("exp").sign()),
        ("B13", token().claim("nbf", 9_999_999_999_u64).sign()),
        ("B14", token().claim("iss", "x").sign()),
        ("B15", token().claim("aud", "x").sign()),
        ("B16", token().without("sub").sign()),
        ("B17", token().claim("scope", 5).sign()),
        (
            "D13",
            token()
                .claim("cnf", serde_json::json!({ "jkt": "x" }))
                .sign(),
        ),
        (
            "E2",
            token()
                .claim("cnf", serde_json::json!({ "x5t#S256": "x" }))
                .sign(),
        ),
    ] {
        let response = world.bearer("/read", &bad).await;
        assert_eq!(response.challenges(), [expected], "{what}");
        let body =
            r#"{"type":"about:blank","title":"Unauthorized","status":401,"code":"invalid_token"}"#;
        assert_answer(&response, 401, "application/problem+json", body);
    }
    // What is not a bad token is told as ever.
    assert_eq!(world.anonymous("/read").await.challenges(), [ANONYMOUS]);
    assert_eq!(world.alice("/read").await.challenges(), [NEEDS_READ]);
}

#[tokio::test]
async fn a1_c1_without_challenge_scope_no_response_names_a_scope() {
    let world = World::start(|auth| auth.challenge_scope(false)).await;
    let bad = r#"Bearer realm="api", error="invalid_token", error_description="The access token is malformed""#;
    let lacks = r#"Bearer realm="api", error="insufficient_scope", error_description="The access token lacks a required scope""#;
    assert_eq!(
        world.anonymous("/read").await.challenges(),
        [r#"Bearer realm="api""#]
    );
    assert_eq!(world.bearer("/read", "x").await.challenges(), [bad]);
    let alice = world.alice("/read").await;
    assert_eq!(alice.challenges(), [lacks]);
    assert_eq!(
        alice.text(),
        r#"{"type":"about:blank","title":"Forbidden","status":403,"code":"insufficient_scope"}"#
    );
    let pay = world.alice("/pay").await;
    assert!(!pay.challenges()[0].contains("scope="), "{pay:?}");
}

#[tokio::test]
async fn c4_role_denied_can_be_configured_to_say_insufficient_scope() {
    let world = World::start(|auth| auth.role_denied(RoleDenied::InsufficientScope)).await;
    let response = world.alice("/admin").await;
    assert_eq!(response.status, 403);
    let [challenge] = response.challenges().try_into().unwrap();
    assert!(
        challenge
            .starts_with(r#"Bearer realm="api", error="insufficient_scope", error_description=""#),
        "{challenge}"
    );
    assert!(!challenge.contains("scope=\""), "{challenge}");
    assert_eq!(world.alice("/read").await.challenges(), [NEEDS_READ]);
}

#[tokio::test]
async fn a_realm_is_written_as_a_quoted_string() {
    let world = World::start(|auth| auth.realm(r#"the "orders" api \o/"#)).await;
    assert_eq!(
        world.anonymous("/any").await.challenges(),
        [r#"Bearer realm="the \"orders\" api \\o/""#]
    );
    let empty = World::start(|auth| auth.realm("")).await;
    assert_eq!(
        empty.anonymous("/any").await.challenges(),
        [r#"Bearer realm="""#]
    );
    for realm in ["a\r\nb", "\u{e4}", "a\tb", "a\0b", "a\u{7f}"] {
        let issuer = Issuer::new(ISSUER, AUDIENCE);
        let built = Auth::builder().bearer(issuer.jwt()).realm(realm).build();
        assert!(built.is_err(), "{realm:?}");
    }
}

#[tokio::test]
async fn c7_a_hidden_refusal_is_rendered_by_not_found() {
    let world = World::start(|auth| {
        auth.not_found(|request| Rendering::text(format!("no {}", request.uri.path())))
            .renderer(render::plain_text)
    })
    .await;
    for response in [
        world.alice("/hidden").await,
        world.alice("/hidden-always").await,
    ] {
        assert_eq!(response.status, 404);
        assert!(response.text().starts_with("no /hidden"), "{response:?}");
        assert_eq!(response.header_names(), ["content-type"]);
    }
    assert_eq!(
        world.anonymous("/hidden-always").await.text(),
        "no /hidden-always"
    );
    let anonymous = world.anonymous("/hidden").await;
    assert_eq!(
        (anonymous.status, anonymous.challenges()),
        (401, vec![ANONYMOUS.to_owned()])
    );
}
