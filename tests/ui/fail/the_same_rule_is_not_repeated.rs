use auth_runtime::require_auth;

#[require_auth(any(scope = "a", role = "b", scope = "a"))]
async fn handler() {}

fn main() {}
