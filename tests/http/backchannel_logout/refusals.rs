//! Logout requests that are answered 400 and have no effect.

use std::time::{Duration, SystemTime};

use auth_runtime::revocation::MemoryRevocation;
use auth_runtime::testing::{Issuer, Token};
use auth_runtime::{Auth, Router};
use auth_tests::application::{AUDIENCE, ISSUER, build, seconds};
use auth_tests::client::{Request, Response};
use serde_json::json;

use super::{EVENT, FORM, World, assert_logged_out, logout_token};

fn assert_refused(answer: &Response, description: &str) {
    let body = format!(r#"{{"error":"invalid_request","error_description":"{description}"}}"#);
    assert_eq!((answer.status, answer.text()), (400, body));
    let mut names = answer.header_names();
    names.sort_unstable();
    assert_eq!(names, ["cache-control", "content-type"]);
    assert_eq!(answer.one("cache-control").as_deref(), Some("no-store"));
    assert_eq!(
        answer.one("content-type").as_deref(),
        Some("application/json")
    );
}

/// Each is refused with its description and has no effect: its identifier can still be used.
async fn assert_all_refused<const N: usize>(world: &World, cases: [(&str, Token, &str); N]) {
    let good = good(world);
    let phone = world.issuer.token("alice").claim("sid", "phone").sign();
    for (name, token, description) in cases {
        println!("{name}");
        assert_refused(&world.log_out(&token).await, description);
    }
    assert_eq!(world.hello(&phone).await, 200);
    assert_logged_out(&world.log_out(&good).await);
    world.assert_revoked(&phone).await;
}

fn good(world: &World) -> Token {
    logout_token(&world.issuer, "1").claim("sid", "phone")
}

#[tokio::test]
async fn i13_a_token_of_another_type_at_the_logout_route_is_400() {
    let world = World::start().await;
    let good = || good(&world);
    let other = "The token is not a logout token";
    let nonce = "The logout token has a nonce";
    let cases = [
        ("no typ", good().without_header("typ"), other),
        ("typ JWT", good().header("typ", "JWT"), other),
        ("typ at+jwt", good().header("typ", "at+jwt"), other),
        ("typ almost", good().header("typ", "logout+jwt2"), other),
        ("no events", good().without("events"), other),
        ("events as text", good().claim("events", EVENT), other),
        ("events as list", good().claim("events", [EVENT]), other),
        ("no event", good().claim("events", json!({})), other),
        (
            "another event",
            good().claim("events", json!({ "https://x.example": {} })),
            other,
        ),
        (
            "event as text",
            good().claim("events", json!({ EVENT: "" })),
            other,
        ),
        (
            "event as null",
            good().claim("events", json!({ EVENT: null })),
            other,
        ),
        ("nonce", good().claim("nonce", "n"), nonce),
        ("null nonce", good().claim("nonce", ()), nonce),
    ];
    assert_all_refused(&world, cases).await;
}

#[tokio::test]
async fn i13_a_logout_token_with_a_missing_or_wrong_claim_is_400() {
    let world = World::start().await;
    let now = seconds(SystemTime::now());
    let good = || good(&world);
    let lacks = "The logout token lacks a required claim";
    let anonymous = "The logout token names neither a session nor a subject";
    let early = "The logout token is not yet valid";
    let expired = "The logout token expired";
    let malformed = "The logout token is malformed";
    let cases = [
        ("no jti", good().without("jti"), lacks),
        ("empty jti", good().claim("jti", ""), lacks),
        ("no iat", good().without("iat"), lacks),
        (
            "no exp",
            good().without("exp"),
            "The logout token has no expiry",
        ),
        (
            "expired",
            good().expired_for(Duration::from_secs(61)),
            expired,
        ),
        ("iat to come", good().claim("iat", now + 90), early),
        ("nbf to come", good().claim("nbf", now + 90), early),
        ("anonymous", good().without("sid"), anonymous),
        (
            "anonymous, twice",
            good().claim("sub", "").claim("sid", ""),
            anonymous,
        ),
        ("crit", good().header("crit", ["x"]), malformed),
        ("numeric jti", good().claim("jti", 1), malformed),
        ("numeric sid", good().claim("sid", 1), malformed),
        ("numeric sub", good().claim("sub", 1), malformed),
        ("textual exp", good().claim("exp", "soon"), malformed),
        ("textual iat", good().claim("iat", "now"), malformed),
        (
            "too long",
            good().claim("padding", "x".repeat(8192)),
            malformed,
        ),
    ];
    assert_all_refused(&world, cases).await;
}

#[tokio::test]
async fn i13_a_logout_token_of_another_issuer_or_audience_is_400() {
    let world = World::start().await;
    let good = || good(&world);
    let of = |issuer: &Issuer| logout_token(issuer, "1").claim("sid", "phone");
    let issuer = "The logout token issuer is not trusted";
    let audience = "The logout token audience does not match";
    let algorithm = "The logout token uses an unsupported algorithm";
    let cases = [
        ("no iss", good().without("iss"), issuer),
        (
            "another iss",
            of(&Issuer::new("https://stranger.example", AUDIENCE)),
            issuer,
        ),
        ("no aud", good().without("aud"), audience),
        ("the API's aud", good().claim("aud", AUDIENCE), audience),
        ("another aud", good().claim("aud", ["a", "b"]), audience),
        (
            "numeric aud",
            good().claim("aud", 1),
            "The logout token is malformed",
        ),
        ("alg none", good().header("alg", "none"), algorithm),
        ("alg HS256", good().header("alg", "HS256"), algorithm),
        (
            "kid",
            good().header("kid", "other"),
            "The logout token was signed with an unknown key",
        ),
        (
            "a key of somebody else's",
            of(&Issuer::new(ISSUER, AUDIENCE)),
            "The logout token signature is invalid",
        ),
    ];
    assert_all_refused(&world, cases).await;
}

#[tokio::test]
async fn i13_a_malformed_logout_token_is_400() {
    let world = World::start().await;
    for token in ["", "x", "a.b.c", "a.b", "a.b.c.d.e", "%ff", "null"] {
        let answer = world.post(&format!("logout_token={token}")).await;
        assert_refused(&answer, "The logout token is malformed");
    }
}

#[tokio::test]
async fn the_typ_of_a_logout_token_ignores_case_and_the_application_prefix() {
    let world = World::start().await;
    for (id, typ) in [
        "LOGOUT+JWT",
        "application/logout+jwt",
        "Application/Logout+JWT",
    ]
    .iter()
    .enumerate()
    {
        let logout = logout_token(&world.issuer, &id.to_string()).header("typ", typ);
        assert_logged_out(&world.log_out(&logout.claim("sid", "phone")).await);
    }
}

#[tokio::test]
async fn i13_a_logout_token_is_accepted_once() {
    let world = World::start().await;
    let logout = logout_token(&world.issuer, "1").claim("sid", "phone");
    assert_logged_out(&world.log_out(&logout).await);
    for _ in 0..2 {
        assert_refused(
            &world.log_out(&logout).await,
            "The logout token was used before",
        );
    }
    // The identifier is what counts: two of the same are one.
    let other = logout_token(&world.issuer, "1").claim("sid", "laptop");
    assert_refused(
        &world.log_out(&other).await,
        "The logout token was used before",
    );
    let laptop = world.issuer.token("alice").claim("sid", "laptop").sign();
    assert_eq!(world.hello(laptop).await, 200);
}

#[tokio::test]
async fn i13_a_logout_request_must_be_a_form_with_one_logout_token() {
    let world = World::start().await;
    let token = logout_token(&world.issuer, "1")
        .claim("sid", "phone")
        .sign();
    let form = format!("logout_token={token}");
    let no_form = "The request has no form as its content";
    for content_type in [
        "application/json",
        "text/plain",
        "multipart/form-data",
        "",
        "x",
    ] {
        let request = Request::post("/logout", content_type, &form);
        assert_refused(&world.server.send(&request).await, no_form);
    }
    let untyped = Request::new("POST", "/logout").header("Content-Length", "0");
    assert_refused(&world.server.send(&untyped).await, no_form);

    let none = "The form has no logout_token";
    for body in ["", "token=x", "Logout_token=x"] {
        assert_refused(&world.post(body).await, none);
    }
    // URLs are logged on the way, so the query does not count.
    let in_query = Request::post(&format!("/logout?{form}"), FORM, "");
    assert_refused(&world.server.send(&in_query).await, none);
    let several = format!("{form}&{form}");
    assert_refused(
        &world.post(&several).await,
        "The form has several logout_token",
    );
    let long = format!("padding={}&{form}", "x".repeat(64 * 1024));
    assert_refused(
        &world.post(&long).await,
        "The request is too long or incomplete",
    );

    // Other fields are ignored, and so are parameters of the media type.
    let body = format!("state=1&{form}&x=%20");
    let content_type = "Application/X-WWW-Form-Urlencoded ; charset=UTF-8";
    let request = Request::post("/logout", content_type, &body);
    assert_logged_out(&world.server.send(&request).await);
}

#[tokio::test]
async fn i13_a_method_other_than_post_at_the_logout_route_is_405() {
    let world = World::start().await;
    for method in ["GET", "HEAD", "PUT", "DELETE", "OPTIONS", "PATCH"] {
        let answer = world.server.send(&Request::new(method, "/logout")).await;
        assert_eq!(answer.status, 405, "{method}");
        assert_eq!(answer.one("allow").as_deref(), Some("POST"), "{method}");
    }
}

#[tokio::test]
async fn without_verbose_errors_a_refused_logout_has_no_description() {
    let revocation = MemoryRevocation::new();
    let world = World::with(
        |jwt| jwt,
        |auth| auth.verbose_errors(false).revocation(revocation),
    )
    .await;
    for body in ["", "logout_token=x"] {
        let answer = world.post(body).await;
        assert_eq!(answer.status, 400);
        assert_eq!(answer.text(), r#"{"error":"invalid_request"}"#);
    }
}

#[tokio::test]
async fn i13_an_issuer_without_backchannel_logout_cannot_log_out_a_subject() {
    let other = Issuer::new("https://other.example", AUDIENCE);
    let revocation = MemoryRevocation::new();
    let world = World::with(
        |jwt| jwt,
        |auth| auth.bearer(other.jwt()).revocation(revocation),
    )
    .await;
    let logout = logout_token(&other, "1").claim("sid", "phone");
    assert_refused(
        &world.log_out(&logout).await,
        "The logout token issuer is not trusted",
    );
}

#[tokio::test]
#[should_panic(
    expected = "its `Auth` accepts no logout tokens: call `.backchannel_logout(client_id)`"
)]
async fn a_logout_route_without_a_configured_client_panics_at_start() {
    let issuer = Issuer::new(ISSUER, AUDIENCE);
    let auth = Auth::builder().bearer(issuer.jwt());
    let auth = build(auth.revocation(MemoryRevocation::new()));
    let routes = Router::<()>::new().route("/logout", auth.backchannel_logout());
    drop(routes.with_auth(auth));
}
