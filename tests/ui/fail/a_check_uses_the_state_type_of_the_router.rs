use auth_runtime::require_auth;
use axum::{Router, extract::State, routing::get};

#[derive(Clone)]
struct Db;

#[require_auth(check = |State(_): State<Db>| true)]
async fn handler() {}

fn routes() -> Router<String> {
    Router::new().route("/", get(handler))
}

fn main() {}
