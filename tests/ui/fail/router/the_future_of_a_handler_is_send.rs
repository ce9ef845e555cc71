use std::rc::Rc;

use auth_runtime::{Router, require_auth, routing::get};

#[require_auth(scope = "orders:read")]
async fn list_orders() {
    let shared = Rc::new(());
    std::future::ready(()).await;
    drop(shared);
}

fn main() {
    let _: Router = Router::new().route("/orders", get(list_orders));
}
