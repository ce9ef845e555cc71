use auth_runtime::{Router, require_auth, routing::get};

struct OwnsOrder;

#[require_auth(any(role = "admin", check = OwnsOrder))]
async fn handler() {}

fn routes() -> Router {
    Router::new().route("/", get(handler))
}

fn main() {}
