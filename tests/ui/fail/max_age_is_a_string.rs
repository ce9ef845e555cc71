use auth_runtime::require_auth;

#[require_auth(max_age = 300)]
async fn handler() {}

fn main() {}
