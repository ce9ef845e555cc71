use auth_runtime::require_auth;

#[require_auth(check = |id: u32| id == 1)]
#[axum::debug_handler]
async fn handler() {}

fn main() {}
