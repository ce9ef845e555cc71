use auth_runtime::require_auth;

#[require_auth(scope = "orders:read orders:write")]
async fn handler() {}

fn main() {}
