use auth_runtime::{Router, routing::get};
use axum::{Extension, handler::Handler};

async fn list_orders() {}

fn main() {
    let _: Router = Router::new().route("/orders", get(list_orders.layer(Extension(1))));
}
