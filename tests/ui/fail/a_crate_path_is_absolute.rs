use auth_runtime::require_auth;

#[require_auth(crate = renamed)]
async fn handler() {}

fn main() {}
