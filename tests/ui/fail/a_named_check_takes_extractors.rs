use auth_runtime::{check, require_auth};

#[check]
async fn is_open(shop: u32) -> bool {
    shop == 1
}

#[require_auth(check = is_open)]
async fn handler() {}

fn routes() -> auth_runtime::Router {
    auth_runtime::Router::new().route("/", auth_runtime::routing::get(handler))
}

fn main() {}
