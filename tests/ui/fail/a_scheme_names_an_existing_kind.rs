use auth_runtime::require_auth;

#[require_auth(scheme = ["bearer", "Gateway"])]
async fn handler() {}

fn main() {}
