use auth_runtime::require_auth;

#[require_auth(max_age = "0s")]
async fn handler() {}

fn main() {}
