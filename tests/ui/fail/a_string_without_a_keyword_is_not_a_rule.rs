use auth_runtime::require_auth;

#[require_auth("orders:read")]
async fn handler() {}

fn main() {}
