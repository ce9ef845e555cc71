//! Attacks: a caller of the shop requests the administration. This application has its own
//! `Auth` and is behind a fallback, a method-not-allowed fallback, or middleware of the shop.

use auth_runtime::revocation::{MemoryRevocation, Revoked};
use auth_runtime::testing::Issuer;
use auth_runtime::{Auth, Router, allow_anonymous, require_auth, routing};
use auth_tests::application::{ISSUER, build};
use auth_tests::server::Server;
use axum::extract::Request as AxumRequest;
use axum::middleware::{Next, from_fn};

use super::{forward, send};

const SHOP: &str = "https://shop.example";
const ADMINISTRATION: &str = "https://admin.example";

#[require_auth]
async fn wipe() -> &'static str {
    "wiped"
}

#[allow_anonymous(reason = "the shop window")]
async fn shop_window() -> &'static str {
    "welcome"
}

struct World {
    server: Server,
    administration: Server,
    /// Good for the shop. The administration has revoked its subject, and is not in its audience.
    shop_token: String,
    /// Good for the administration.
    admin_token: String,
}

impl World {
    async fn start() -> Self {
        // One issuer with one key: only the audience and the revocation tell the two apart.
        let issuer = |audience| Issuer::with_secret(ISSUER, audience, [7; 32]);
        let (shop_issuer, admin_issuer) = (issuer(SHOP), issuer(ADMINISTRATION));
        let shop = build(Auth::builder().bearer(shop_issuer.jwt()).realm("shop"));
        let revocation = MemoryRevocation::new();
        let admin = build(
            Auth::builder()
                .bearer(admin_issuer.jwt())
                .revocation(revocation)
                .realm("admin"),
        );
        let now = std::time::SystemTime::now();
        admin
            .revoke(Revoked::subject(ISSUER, "mallory", now))
            .await
            .unwrap();

        let inner = axum::Router::new()
            .route("/wipe", axum::routing::any(wipe))
            .layer(admin.layer());
        let administration = Server::start(inner.clone()).await;
        let by = |inner: &axum::Router| {
            let inner = inner.clone();
            move |request: AxumRequest| forward(inner, request)
        };
        let by_middleware = {
            let inner = inner.clone();
            from_fn(move |request: AxumRequest, _: Next| forward(inner.clone(), request))
        };
        let app = Router::new()
            .route("/", routing::get(shop_window))
            .nest(
                "/middleware",
                Router::new().route("/wipe", routing::get(shop_window).layer(by_middleware)),
            )
            .nest(
                "/methods",
                Router::new()
                    .route("/wipe", routing::get(shop_window))
                    .method_not_allowed_fallback_unguarded(by(&inner), "guards itself"),
            )
            .fallback_unguarded(by(&inner), "guards itself")
            .with_auth(shop);
        Self {
            server: Server::start(app).await,
            administration,
            shop_token: shop_issuer.token("mallory").sign(),
            admin_token: admin_issuer.token("root").sign(),
        }
    }
}

#[tokio::test]
async fn a_token_for_the_outer_application_is_refused_by_a_forwarded_inner_one() {
    let world = World::start().await;
    for (server, method, path) in [
        (&world.administration, "GET", "/wipe"),
        (&world.server, "GET", "/wipe"),
        (&world.server, "POST", "/methods/wipe"),
        (&world.server, "GET", "/middleware/wipe"),
    ] {
        let foreign = send(server, method, path, Some(&world.shop_token)).await;
        assert_eq!(foreign.status, 401, "{method} {path}");
        assert_eq!(
            foreign.challenges(),
            [
                r#"Bearer realm="admin", error="invalid_token", error_description="The access token audience does not match""#
            ],
            "{method} {path}"
        );
        let anonymous = send(server, method, path, None).await;
        assert_eq!(anonymous.status, 401, "{method} {path}");
        assert_eq!(
            anonymous.challenges(),
            [r#"Bearer realm="admin""#],
            "{method} {path}"
        );
        let own = send(server, method, path, Some(&world.admin_token)).await;
        assert_eq!(
            (own.status, own.text().as_str()),
            (200, "wiped"),
            "{method} {path}"
        );
    }
}
