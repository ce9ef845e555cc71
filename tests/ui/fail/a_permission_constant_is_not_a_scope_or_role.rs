use auth_runtime::{Scheme, require_auth};

enum Permission {
    ReadOrders,
}

const GATEWAY: Scheme = Scheme::new("Gateway");

#[require_auth(scope = Permission::ReadOrders)]
async fn handler() {}

#[require_auth(role = GATEWAY)]
async fn another() {}

fn main() {}
