use auth_runtime::{Guard, Router, routing::get};

struct Staff;

fn main() {
    let _: Router = Router::new().route("/orders", get(|_: Guard<Staff>| async { "orders" }));
}
