use auth_runtime::{Router, require_auth, routing::get};
use axum::extract::State;

#[derive(Clone)]
struct Db;

#[require_auth]
async fn list_orders(_: State<Db>) {}

#[require_auth]
async fn list_prices(_: State<String>) {}

fn main() {
    let _: Router<Db> = Router::new()
        .route("/orders", get(list_orders))
        .route("/prices", get(list_prices))
        .route("/recent", get(list_orders));
}
