use auth_runtime::require_auth;

#[require_auth(claim("/address/a~b" = true))]
async fn handler() {}

fn main() {}
