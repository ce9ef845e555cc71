use auth_runtime::require_auth;
use axum::extract::State;

#[require_auth(scheme = T::SCHEME)]
async fn handler<T: Send>(State(_): State<T>) {}

fn main() {}
