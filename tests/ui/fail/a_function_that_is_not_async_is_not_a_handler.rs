use auth_runtime::require_auth;

#[require_auth(scope = "orders:read")]
fn handler() {}

fn main() {}
