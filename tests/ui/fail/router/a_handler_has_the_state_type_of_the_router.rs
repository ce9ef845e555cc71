use auth_runtime::{Router, require_auth, routing::get};
use axum::extract::State;

#[derive(Clone)]
struct Db;

#[require_auth(scope = "orders:read")]
async fn list_orders(_: State<Db>) {}

fn main() {
    let _: Router<String> = Router::new().route("/orders", get(list_orders));
}
