use auth_runtime::require_auth;

#[require_auth(scheme = ["bearer", "api-key"])]
async fn handler() {}

fn main() {}
