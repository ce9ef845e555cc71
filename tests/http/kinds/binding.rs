//! An authentication result belongs to the credential that was read.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use auth_runtime::authenticator::{
    AuthenticationOutcome, Authenticator, CredentialRequest, Source,
};
use auth_runtime::identity::Provides;
use auth_runtime::{AuthRejection, BearerToken, Guard, Identity, Scheme, policy, require_auth};
use auth_tests::client::Request;
use axum::Router;
use axum::extract::FromRequestParts;
use axum::http::HeaderValue;
use axum::http::request::Parts;
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use axum::routing::get;

use super::{BADGE, Badge, bearer_and, serve};

/// Replaces the badge with the value of `x-rewrite`.
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
async fn a_changed_credential_is_verified_again_whatever_its_source() {
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
async fn the_bearer_token_extractor_returns_only_the_verified_token() {
    let issuer = auth_runtime::testing::Issuer::new(
        auth_tests::application::ISSUER,
        auth_tests::application::AUDIENCE,
    );
    // Badges come first: the token beside a badge was not read.
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

#[tokio::test]
async fn the_bearer_token_extractor_never_returns_an_unverified_value() {
    // A custom kind may have the scheme Bearer and another source.
    let badge = Badge::from(Source::Cookie("badge".to_owned())).scheme(Scheme::BEARER);
    let server = serve(auth_runtime::Auth::builder().authenticator(badge), routes()).await;
    for authorization in ["Basic never-verified", "Bearer never-verified"] {
        let request = Request::get("/token")
            .header("cookie", "badge=bob")
            .header("authorization", authorization);
        assert_eq!(server.send(&request).await.text(), "no token");
        let needs = Request::get("/needs-token").header("cookie", "badge=bob");
        assert_eq!(server.send(&needs).await.status, 401);
    }
}

/// The signed request: `X-Signed: GET /path`.
struct Signature;

impl Authenticator for Signature {
    fn scheme(&self) -> Scheme {
        Scheme::new("Signature")
    }

    fn sources(&self) -> Vec<Source> {
        vec![Source::header("x-signed"), Source::RequestLine]
    }

    fn provides(&self) -> Provides {
        Provides::NONE
    }

    fn authenticate<'a>(&'a self, presented: CredentialRequest<'a>) -> AuthenticationOutcome<'a> {
        let sent = format!("{} {}", presented.parts().method, presented.target());
        match presented.find(&Source::header("x-signed")) {
            Ok(Some(signed)) if *signed == *sent.as_bytes() => {
                Ok(presented.identity("signed", "bob").build()).into()
            }
            Ok(Some(_)) => {
                Err(auth_runtime::authenticator::AuthenticationError::Credentials).into()
            }
            Ok(None) => AuthenticationOutcome::Absent,
            Err(error) => Err(error).into(),
        }
    }
}

#[tokio::test]
async fn a_signed_request_target_is_verified_as_sent_despite_nesting() {
    let routes = Router::new()
        .route("/orders", get(token))
        .nest("/admin", Router::new().route("/orders", get(token)));
    let server = serve(
        auth_runtime::Auth::builder().authenticator(Signature),
        routes,
    )
    .await;
    for (signed, target, status) in [
        ("GET /orders", "/orders", 200),
        ("GET /orders", "/admin/orders", 401),
        ("GET /admin/orders", "/admin/orders", 200),
        ("GET /admin/orders", "/orders", 401),
        ("GET /orders", "/orders?a=b", 401),
        ("GET /orders?a=b", "/orders?a=b", 200),
        ("POST /orders", "/orders", 401),
    ] {
        let request = Request::get(target).header("x-signed", signed);
        assert_eq!(
            server.send(&request).await.status,
            status,
            "{signed} {target}"
        );
    }
}

#[policy(scheme = BADGE, role = "admin")]
struct AdminBadge;

#[policy(scheme = "bearer")]
struct AnyToken;

async fn two_guards(_: Guard<AdminBadge>, _: Guard<AnyToken>, caller: Identity) -> String {
    caller.subject().to_owned()
}

#[policy]
struct AnyKind;

/// Between the two guards: a refusal that is not returned, and a guard that accepts every caller.
async fn guards_apart(
    _: Guard<AdminBadge>,
    _: Result<Guard<AnyToken>, AuthRejection>,
    _: Guard<AnyKind>,
    caller: Identity,
) -> String {
    caller.subject().to_owned()
}

#[tokio::test]
async fn a15_two_guards_are_not_satisfied_by_two_callers() {
    let (issuer, builder) = bearer_and(Badge::header());
    let routes = Router::new()
        .route("/", get(two_guards))
        .route("/apart", get(guards_apart));
    let server = serve(builder, routes).await;
    for path in ["/", "/apart"] {
        let request = Request::get(path)
            .bearer(issuer.token("alice").sign())
            .header("x-badge", "bob roles=admin");
        assert_eq!(server.send(&request).await.status, 403, "{path}");
    }
}

#[require_auth(scheme = BADGE)]
async fn narrowed(caller: Identity) -> String {
    caller.subject().to_owned()
}

/// Extracts the caller and continues in any case.
async fn audit(
    _: Result<Option<Identity>, AuthRejection>,
    request: axum::extract::Request,
    next: Next,
) -> Response {
    next.run(request).await
}

#[tokio::test]
async fn a_custom_credential_is_verified_once_per_request() {
    for source in [Source::header("x-badge"), Source::Query("badge".to_owned())] {
        let badge = Badge::from(source);
        let asked = Arc::clone(&badge.asked);
        let routes = Router::new()
            .nest(
                "/nested",
                Router::new()
                    .route("/", get(narrowed))
                    .route("/then", get(then)),
            )
            .layer(from_fn(audit));
        let server = serve(bearer_and(badge).1, routes).await;
        for (path, badge, status) in [
            ("/nested", "alice", 200),
            ("/nested/then", "alice", 200),
            ("/nested", "forged", 401),
            ("/nested/then", "forged", 401),
        ] {
            asked.store(0, Ordering::SeqCst);
            let target = format!("{path}?badge={badge}");
            let request = Request::get(&target).header("x-badge", badge);
            assert_eq!(server.send(&request).await.status, status, "{path} {badge}");
            assert_eq!(asked.load(Ordering::SeqCst), 1, "{path} {badge}");
        }
    }
}
