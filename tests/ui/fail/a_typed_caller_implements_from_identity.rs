use auth_runtime::{Caller, require_auth};

#[derive(Clone)]
struct User;

#[require_auth]
#[axum::debug_handler]
async fn handler(_: Caller<User>) {}

fn main() {}
