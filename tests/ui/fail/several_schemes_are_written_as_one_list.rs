use auth_runtime::{Scheme, require_auth};

const GATEWAY: Scheme = Scheme::new("Gateway");

#[require_auth(scheme = "bearer", scheme = GATEWAY)]
async fn handler() {}

fn main() {}
