use auth_runtime::{policy, require_auth};

#[require_auth(not(scope = "orders:read, orders:write"))]
async fn handler() {}

#[policy(any(role = "staff", scope = "orders:read;orders:write"))]
struct Writers;

fn main() {}
