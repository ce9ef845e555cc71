use auth_runtime::{Router, require_auth, routing::get};

#[require_auth(scope = "orders:read")]
async fn list_orders() {}

async fn create_order() {}

fn main() {
    let _: Router = Router::new().route("/orders", get(list_orders).post(create_order));
}
