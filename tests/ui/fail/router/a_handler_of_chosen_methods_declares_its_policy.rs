use auth_runtime::{
    Router,
    routing::{MethodFilter, on},
};

async fn list_orders() {}

fn main() {
    let _: Router = Router::new().route("/orders", on(MethodFilter::GET, list_orders));
}
