use auth_runtime::require_auth;

#[require_auth(any(rolle = "admin", scope = "a"))]
async fn handler() {}

fn main() {}
