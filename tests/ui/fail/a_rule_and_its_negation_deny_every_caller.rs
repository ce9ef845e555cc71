use auth_runtime::require_auth;

#[require_auth(all(scope = "a", not(scope = "a")))]
async fn handler() {}

fn main() {}
