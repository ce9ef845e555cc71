use auth_runtime::require_auth;
use axum::{Router, routing::get};

#[require_auth(check = |id: u32| id == 1)]
async fn handler() {}

fn routes() -> Router {
    Router::new().route("/", get(handler))
}

fn main() {}
