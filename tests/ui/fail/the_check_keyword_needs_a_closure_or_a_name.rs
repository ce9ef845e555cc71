use auth_runtime::require_auth;

#[require_auth(check("owns the order"))]
async fn handler() {}

fn main() {}
