use auth_runtime::{Scheme, require_auth};

const GATEWAY: Scheme = Scheme::new("Gateway");

#[require_auth(scheme = [GATEWAY, "bearer", GATEWAY])]
async fn handler() {}

fn main() {}
