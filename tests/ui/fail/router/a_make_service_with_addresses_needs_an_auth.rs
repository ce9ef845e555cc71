use std::net::SocketAddr;

use auth_runtime::{Router, require_auth, routing::get};

#[require_auth(scope = "orders:read")]
async fn list_orders() {}

fn main() {
    let app: Router = Router::new().route("/orders", get(list_orders));
    let _ = app.into_make_service_with_connect_info::<SocketAddr>();
}
