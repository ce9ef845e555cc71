use auth_runtime::require_auth;

const GATEWAY: &str = "Gateway";

#[require_auth(scheme = GATEWAY)]
async fn handler() {}

fn main() {}
