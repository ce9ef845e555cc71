use auth_runtime::require_auth;

#[require_auth(scheme = [])]
async fn handler() {}

fn main() {}
