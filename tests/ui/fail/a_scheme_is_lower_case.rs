use auth_runtime::require_auth;

#[require_auth(scheme = "Bearer")]
async fn handler() {}

fn main() {}
