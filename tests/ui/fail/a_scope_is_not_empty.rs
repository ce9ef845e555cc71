use auth_runtime::require_auth;

#[require_auth(scope = "")]
async fn handler() {}

fn main() {}
