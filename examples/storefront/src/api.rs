//! The routers, their states and their `Auth`s.

use auth_runtime::routing::get;
use auth_runtime::{IdentityId, Router, allow_anonymous};
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, Method};
use tower_http::cors::CorsLayer;
use tower_http::services::ServeDir;

use crate::backoffice::Backoffice;
use crate::catalogue::{Catalogue, Product};
use crate::orders::Orders;
use crate::trust::{ACCOUNTS, Trust};
use crate::{account, answers, backoffice, catalogue, orders, pages, partners, warehouse};

pub(crate) struct Shop {
    catalogue: Catalogue,
    orders: Orders,
}

impl Shop {
    /// Products of two partners, and three orders of two customers.
    pub(crate) fn stocked() -> Self {
        let alice = IdentityId::new(ACCOUNTS, "alice");
        let bob = IdentityId::new(ACCOUNTS, "bob");
        let catalogue = Catalogue::of([
            Product::new("sencha", "green tea", 650, "tea-garden")
                .reviewed(alice.clone(), "fresh")
                .reviewed(bob.clone(), "too fresh"),
            Product::new("mug", "a mug", 1200, "potter"),
        ]);
        let orders = Orders::default();
        orders.place(&alice, "sencha", 2);
        orders.place(&bob, "mug", 1);
        orders.place(&alice, "mug", 4);
        Self { catalogue, orders }
    }
}

/// All routes. Those of the partners have their `Auth`; the others get theirs in `app`.
pub(crate) fn routes(Shop { catalogue, orders }: Shop, trust: &Trust) -> Router {
    let assets = ServeDir::new(concat!(env!("CARGO_MANIFEST_DIR"), "/assets"));
    let of_customers = Router::new()
        .nest("/account", account::routes())
        .nest("/orders", orders::routes())
        .with_state(orders.clone());
    let of_partners = Router::new()
        .nest("/partners", partners::routes())
        .with_state(catalogue.clone())
        .merge(warehouse::routes(catalogue.clone()))
        .bind(trust.partners.clone());
    let of_staff = backoffice::routes().with_state(Backoffice {
        catalogue: catalogue.clone(),
        orders,
    });
    Router::new()
        .route("/health", get(health))
        .nest("/products", catalogue::routes().with_state(catalogue))
        .merge(of_customers)
        .merge(pages::routes().with_state(trust.pages.clone()))
        .merge(of_partners)
        .nest("/backoffice", of_staff)
        .nest_service_unguarded("/assets", assets, "pictures of what is for sale")
        .fallback(answers::not_found)
        .method_not_allowed_fallback(answers::method_not_allowed)
}

/// The application. CORS is outside of the guards, which would deny a preflight request.
pub(crate) fn app(shop: Shop, trust: &Trust) -> axum::Router {
    routes(shop, trust)
        .with_auth(trust.customers.clone())
        .layer(
            CorsLayer::new()
                .allow_origin(HeaderValue::from_static("https://storefront.example"))
                .allow_methods([Method::GET, Method::POST, Method::PUT, Method::DELETE])
                .allow_headers([AUTHORIZATION, CONTENT_TYPE])
                // The challenge tells a denied client what to do.
                .expose_headers([WWW_AUTHENTICATE]),
        )
}

#[allow_anonymous(reason = "health check of the load balancer")]
async fn health() -> &'static str {
    "up\n"
}
