use auth_runtime::require_auth;

#[require_auth(scheme = bearer)]
async fn handler() {}

fn main() {}
