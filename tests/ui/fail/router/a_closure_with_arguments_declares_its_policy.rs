use auth_runtime::{Router, routing::get};
use axum::http::Method;

fn main() {
    let _: Router = Router::new().route(
        "/orders",
        get(|method: Method| async move { method.to_string() }),
    );
}
