use auth_runtime::{Guard, Router, policy, routing::get};
use axum::http::Method;

#[policy(scope = "orders:read")]
struct CanRead;

async fn list_orders(_: Method, _: Guard<CanRead>) {}

fn main() {
    let _: Router = Router::new().route("/orders", get(list_orders));
}
