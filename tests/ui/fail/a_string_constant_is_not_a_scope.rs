use auth_runtime::require_auth;

const READ: &str = "orders:read";

#[require_auth(scope = READ)]
async fn handler() {}

fn main() {}
