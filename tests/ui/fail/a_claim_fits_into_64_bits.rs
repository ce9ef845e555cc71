use auth_runtime::require_auth;

#[require_auth(claim("level" = 9223372036854775808))]
async fn handler() {}

fn main() {}
