use auth_runtime::require_auth;

#[require_auth(not())]
async fn handler() {}

fn main() {}
