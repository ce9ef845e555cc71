use auth_runtime::{require_auth, routing::get};

#[require_auth(scope = "orders:read")]
async fn list_orders() {}

fn main() {
    let _: axum::Router = axum::Router::new().route("/orders", get(list_orders));
}
