use auth_runtime::require_auth;

#[require_auth(max_age = "5")]
async fn handler() {}

fn main() {}
