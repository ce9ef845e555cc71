use auth_runtime::{Router, require_auth, routing::get};

#[require_auth(scope = "orders:read")]
async fn list_orders() {}

fn main() {
    let orders = get(list_orders);
    let _: Router = Router::new()
        .route("/a", orders.clone())
        .route("/b", orders);
}
