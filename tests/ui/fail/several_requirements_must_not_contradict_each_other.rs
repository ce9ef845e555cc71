use auth_runtime::require_auth;

#[require_auth(role = "trial", not(role = "trial"))]
async fn handler() {}

fn main() {}
