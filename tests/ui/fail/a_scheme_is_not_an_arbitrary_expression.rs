use auth_runtime::require_auth;

#[require_auth(scheme = ["bearer", Scheme::new("Gateway")])]
async fn handler() {}

fn main() {}
