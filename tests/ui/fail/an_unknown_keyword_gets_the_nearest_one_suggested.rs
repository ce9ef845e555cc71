use auth_runtime::require_auth;

#[require_auth(scop = "orders:read")]
async fn handler() {}

fn main() {}
