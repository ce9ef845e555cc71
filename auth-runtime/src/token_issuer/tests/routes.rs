//! The published keys and metadata, as other services read them.

use axum::body::to_bytes;

use super::*;
use crate::BoxError;
use crate::fetch::Fetch;

fn publishing(issuer: &TokenIssuer) -> axum::Router {
    let auth = Auth::builder().bearer(issuer.jwt()).build().unwrap();
    Router::new()
        .route("/.well-known/jwks.json", issuer.jwks_route())
        .route("/.well-known/openid-configuration", issuer.metadata_route())
        .with_auth(auth)
}

/// Sends the requests of another service to the routes.
struct Network(axum::Router);

impl Fetch for Network {
    async fn fetch(
        &self,
        request: Request<Vec<u8>>,
        limit: usize,
    ) -> Result<Response<Vec<u8>>, BoxError> {
        assert_eq!(request.uri().host(), Some("shop.example"));
        let response = self.0.clone().oneshot(request.map(Body::from)).await?;
        let (parts, body) = response.into_parts();
        let body = to_bytes(body, limit).await?;
        Ok(Response::from_parts(parts, body.to_vec()))
    }
}

#[tokio::test]
async fn published_keys_have_their_media_type_and_can_be_cached() {
    let issuer = issuer();
    let app = publishing(&issuer);
    for (path, content_type, text) in [
        ("/.well-known/jwks.json", "application/jwk-set+json", issuer.jwks()),
        (
            "/.well-known/openid-configuration",
            "application/json",
            r#"{"issuer":"https://shop.example","jwks_uri":"https://shop.example/.well-known/jwks.json"}"#
                .to_owned(),
        ),
    ] {
        let response = send(&app, path, None).await;
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], content_type);
        assert_eq!(response.headers()["cache-control"], "public, max-age=300");
        let body = to_bytes(response.into_body(), 10_000).await.unwrap();
        assert_eq!(body, text);
    }
}

#[tokio::test]
async fn other_services_accept_the_tokens_by_discovery_and_by_the_url_of_the_keys() {
    let issuer = issuer();
    let network = || Network(publishing(&issuer));
    let by_url = Jwt::issuer(SHOP).jwks_url("https://shop.example/.well-known/jwks.json");
    for jwt in [Jwt::oidc(SHOP), by_url] {
        let auth = Auth::builder().fetch(network()).bearer(jwt.audience(SHOP));
        let auth = auth.build().unwrap();
        let app = Router::new()
            .route("/orders", get(list_orders))
            .with_auth(auth);
        let token = reader(issuer.token("alice"));
        assert_eq!(status(&app, &token).await, 200);
        let (signed, _) = token.rsplit_once('.').unwrap();
        let other = reader(issuer.token("eve"));
        let (_, signature) = other.rsplit_once('.').unwrap();
        let forged = format!("{signed}.{signature}");
        assert_eq!(status(&app, &forged).await, 401);
    }
}

#[tokio::test]
async fn a_replaced_key_is_published_at_once() {
    let issuer = issuer();
    let app = publishing(&issuer);
    let published = async || {
        let response = send(&app, "/.well-known/jwks.json", None).await;
        to_bytes(response.into_body(), 10_000).await.unwrap()
    };
    let before = published().await;
    issuer.replace_keys(SigningKey::generate(), []).unwrap();
    assert_ne!(published().await, before);
    assert_eq!(published().await, issuer.jwks());
}

#[test]
fn the_access_map_lists_the_routes_as_unguarded() {
    let issuer = issuer();
    let auth = Auth::builder().bearer(issuer.jwt()).build().unwrap();
    let router = Router::<()>::new()
        .route("/jwks", issuer.jwks_route())
        .route("/metadata", issuer.metadata_route())
        .bind(auth);
    let map = router.access_map().to_string();
    for expected in ["public keys", "public metadata"] {
        assert!(map.contains(expected), "{map}");
    }
}
