use auth_runtime::{Router, require_auth, routing::get};
use axum::extract::State;

#[derive(Clone)]
struct Db;

#[require_auth(scope = "orders:read")]
async fn list_orders(_: State<Db>) {}

#[require_auth]
async fn create_order(_: State<String>) {}

fn main() {
    let _: Router<Db> = Router::new().route("/orders", get(list_orders).post(create_order));
}
