use auth_runtime::require_auth;
use axum::http::StatusCode;

#[require_auth(check = || Ok(StatusCode::OK))]
async fn handler() {}

fn main() {}
