use auth_runtime::require_auth;

#[require_auth(scheme = "bearer basic")]
async fn handler() {}

fn main() {}
