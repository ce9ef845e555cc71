use auth_runtime::{Guard, Router, policy, routing::get};
use axum::http::Method;

#[policy(scope = "orders:read")]
struct CanRead;

fn main() {
    let _: Router = Router::new().route(
        "/orders",
        get(|_: Method, _: Guard<CanRead>| async { "orders" }),
    );
}
