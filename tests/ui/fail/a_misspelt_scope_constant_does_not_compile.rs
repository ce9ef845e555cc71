use auth_runtime::{Scope, require_auth};

mod scopes {
    pub const ORDERS_READ: super::Scope = super::Scope::new("orders:read");
}

#[require_auth(scope = scopes::ORDERS_RAED)]
async fn handler() {}

fn main() {}
