use auth_runtime::require_auth;

#[require_auth(check = 5)]
async fn handler() {}

fn main() {}
