use auth_runtime::require_auth;

#[require_auth(role = "König")]
async fn handler() {}

fn main() {}
