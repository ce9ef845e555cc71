use auth_runtime::{Router, require_auth};
use axum::{extract::State, routing::get};

#[require_auth(scope = "orders:read")]
async fn list_orders(_: State<u8>) {}

fn main() {
    let _: Router<u8> = Router::new().route("/orders", get(list_orders));
}
