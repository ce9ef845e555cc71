use auth_runtime::require_auth;

#[require_auth(claim("level" != 1))]
async fn handler() {}

fn main() {}
