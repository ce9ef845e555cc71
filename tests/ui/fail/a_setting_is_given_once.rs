use auth_runtime::require_auth;

#[require_auth(hide, hide)]
async fn handler() {}

fn main() {}
