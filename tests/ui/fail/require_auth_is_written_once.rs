use auth_runtime::require_auth;

#[require_auth(scope = "a")]
#[require_auth(role = "b")]
async fn handler() {}

fn main() {}
