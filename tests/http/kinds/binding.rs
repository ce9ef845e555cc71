//! A result belongs to what the kinds looked at.

use auth_runtime::{BearerToken, Identity, Source, require_auth};
use auth_tests::client::Request;
use axum::Router;
use axum::extract::FromRequestParts;
use axum::http::HeaderValue;
use axum::http::request::Parts;
use axum::routing::get;

use super::{Badge, bearer_and, serve};

/// Puts what `x-rewrite` says in the place of the badge.
struct Rewritten;

impl<S: Sync> FromRequestParts<S> for Rewritten {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        if let Some(value) = parts.headers.remove("x-rewrite") {
            parts.headers.insert("x-badge", value.clone());
            parts.headers.insert(
                "cookie",
                HeaderValue::try_from(format!("badge={}", value.to_str().unwrap())).unwrap(),
            );
            parts.uri = format!("/?badge={}", value.to_str().unwrap())
                .parse()
                .unwrap();
        }
        Ok(Self)
    }
}

#[require_auth]
async fn then(before: Identity, _: Rewritten, after: Identity) -> String {
    format!("{} then {}", before.subject(), after.subject())
}

#[require_auth]
async fn token(token: Option<BearerToken>) -> String {
    token.map_or("no token".to_owned(), |token| token.reveal().to_owned())
}

#[require_auth]
async fn needs_token(token: BearerToken) -> String {
    token.reveal().to_owned()
}

fn routes() -> Router {
    Router::new()
        .route("/", get(then))
        .route("/token", get(token))
        .route("/needs-token", get(needs_token))
}

#[tokio::test]
async fn a_credential_that_was_changed_on_the_way_is_judged_again_wherever_it_stands() {
    for (source, target, name, value) in [
        (Source::header("x-badge"), "/", "x-badge", "alice"),
        (
            Source::Cookie("badge".to_owned()),
            "/",
            "cookie",
            "badge=alice",
        ),
        (Source::Query("badge".to_owned()), "/?badge=alice", "x", "y"),
    ] {
        let server = serve(bearer_and(Badge::from(source)).1, routes()).await;
        let request = Request::get(target).header(name, value);
        let same = server.send(&request).await;
        assert_eq!(same.text(), "alice then alice");
        let other = server
            .send(&request.clone().header("x-rewrite", "bob"))
            .await;
        assert_eq!(other.text(), "alice then bob");
        let bad = server.send(&request.header("x-rewrite", "forged")).await;
        assert_eq!(bad.status, 401);
    }
}

#[tokio::test]
async fn a_bearer_token_is_what_the_caller_was_authenticated_by_and_nothing_else() {
    let issuer = auth_runtime::testing::Issuer::new(crate::app::ISSUER, crate::app::AUDIENCE);
    // Badges first: the token beside one was not looked at.
    let builder = auth_runtime::Auth::builder()
        .authenticator(Badge::header())
        .bearer(issuer.jwt());
    let server = serve(builder, routes()).await;
    let good = issuer.token("alice").sign();
    let by_token = Request::get("/token").bearer(&good);
    assert_eq!(server.send(&by_token).await.text(), good);
    let by_badge = by_token.header("x-badge", "bob");
    assert_eq!(server.send(&by_badge).await.text(), "no token");
    let by_badge = Request::get("/needs-token")
        .header("x-badge", "bob")
        .bearer("forged");
    let refused = server.send(&by_badge).await;
    assert_eq!(refused.status, 401);
    assert!(!refused.text().contains("forged"));
}
