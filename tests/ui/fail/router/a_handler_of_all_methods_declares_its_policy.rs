use auth_runtime::{Router, routing::any};

async fn list_orders() {}

fn main() {
    let _: Router = Router::new().route("/orders", any(list_orders));
}
