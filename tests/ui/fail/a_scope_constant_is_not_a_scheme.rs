use auth_runtime::{Scheme, Scope, require_auth};

const GATEWAY: Scheme = Scheme::new("Gateway");
const READ: Scope = Scope::new("orders:read");

#[require_auth(scheme = ["bearer", GATEWAY, READ])]
async fn handler() {}

fn main() {}
