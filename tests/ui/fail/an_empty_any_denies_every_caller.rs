use auth_runtime::require_auth;

#[require_auth(any())]
async fn handler() {}

fn main() {}
