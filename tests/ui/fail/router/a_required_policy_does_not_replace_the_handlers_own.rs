use auth_runtime::{Router, policy, routing::get};

#[policy(role = "admin")]
struct Admin;

async fn list_orders() {}

fn main() {
    let _: Router = Router::new()
        .route("/orders", get(list_orders))
        .require::<Admin>();
}
