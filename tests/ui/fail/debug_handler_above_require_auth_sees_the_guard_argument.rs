use auth_runtime::require_auth;

#[axum::debug_handler]
#[require_auth(scope = "orders:read")]
async fn handler() {}

fn main() {}
