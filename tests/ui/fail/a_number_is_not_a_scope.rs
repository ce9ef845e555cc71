use auth_runtime::require_auth;

#[require_auth(scope = 5)]
async fn handler() {}

fn main() {}
