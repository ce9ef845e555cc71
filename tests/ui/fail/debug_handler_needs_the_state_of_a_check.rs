use auth_runtime::require_auth;
use axum::extract::State;

#[derive(Clone)]
struct Db;

#[require_auth(check = |State(_): State<Db>| true)]
#[axum::debug_handler]
async fn handler() {}

fn main() {}
