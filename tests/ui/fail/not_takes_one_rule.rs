use auth_runtime::require_auth;

#[require_auth(not(role = "a", role = "b"))]
async fn handler() {}

fn main() {}
