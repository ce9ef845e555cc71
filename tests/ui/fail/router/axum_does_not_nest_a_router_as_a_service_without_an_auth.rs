use auth_runtime::{Router, require_auth, routing::get};

#[require_auth(scope = "orders:read")]
async fn list_orders() {}

fn orders() -> Router {
    Router::new().route("/orders", get(list_orders))
}

fn main() {
    let _: axum::Router = axum::Router::new().nest_service("/shop", orders());
}
