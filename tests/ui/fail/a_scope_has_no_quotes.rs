use auth_runtime::require_auth;

#[require_auth(scope = "orders\"read")]
async fn handler() {}

fn main() {}
