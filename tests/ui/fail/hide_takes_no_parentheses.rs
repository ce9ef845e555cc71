use auth_runtime::require_auth;

#[require_auth(hide("always"))]
async fn handler() {}

fn main() {}
