use auth_runtime::{Router, require_auth, routing::get};

#[require_auth(scope = "orders:read")]
async fn list_orders() -> u32 {
    7
}

fn main() {
    let _: Router = Router::new().route("/orders", get(list_orders));
}
