use auth_runtime::{Router, require_auth, routing::get};
use axum::Json;

#[require_auth(scope = "orders:read")]
fn list_orders() -> Json<Vec<String>> {
    Json(Vec::new())
}

fn main() {
    let _: Router = Router::new().route("/orders", get(list_orders));
}
