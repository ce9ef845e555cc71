use auth_runtime::require_auth;

#[require_auth(scope = Scope::new("a"))]
async fn handler() {}

fn main() {}
