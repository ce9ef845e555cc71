use auth_runtime::require_auth;

#[require_auth(claim("level" = LEVEL))]
async fn handler() {}

fn main() {}
