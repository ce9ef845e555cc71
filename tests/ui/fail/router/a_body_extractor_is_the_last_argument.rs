use auth_runtime::{Router, require_auth, routing::get};
use axum::http::Method;

#[require_auth(scope = "orders:read")]
async fn list_orders(_: String, _: Method) {}

fn main() {
    let _: Router = Router::new().route("/orders", get(list_orders));
}
