use auth_runtime::{Router, require_auth, routing::get};
use axum::extract::State;

#[derive(Clone)]
struct Db;

#[require_auth(check = |State(_): State<Db>| true)]
async fn list_orders() {}

fn main() {
    let _: Router<String> = Router::new().route("/orders", get(list_orders));
}
