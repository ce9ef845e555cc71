use auth_runtime::require_auth;

#[require_auth(scheme = "baerer")]
async fn handler() {}

fn main() {}
