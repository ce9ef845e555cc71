use auth_runtime::require_auth;

#[require_auth(role = "admin,staff")]
async fn handler() {}

fn main() {}
