use auth_runtime::require_auth;

#[require_auth(scope = "a" role = "b")]
async fn handler() {}

fn main() {}
