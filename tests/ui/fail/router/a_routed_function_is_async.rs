use auth_runtime::{Router, require_auth, routing::get};

#[require_auth(scope = "orders:read")]
fn list_orders() -> &'static str {
    "orders"
}

fn main() {
    let _: Router = Router::new().route("/orders", get(list_orders));
}
