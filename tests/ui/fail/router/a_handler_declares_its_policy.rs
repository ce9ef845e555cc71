use auth_runtime::{Router, routing::get};

async fn list_orders() {}

fn main() {
    let _: Router = Router::new().route("/orders", get(list_orders));
}
