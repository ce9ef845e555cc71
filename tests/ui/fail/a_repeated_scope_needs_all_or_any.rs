use auth_runtime::require_auth;

#[require_auth(scope = "a", scope = "b")]
async fn handler() {}

fn main() {}
