use auth_runtime::require_auth;

#[require_auth(claim("a" = 1, "b" = 2))]
async fn handler() {}

fn main() {}
