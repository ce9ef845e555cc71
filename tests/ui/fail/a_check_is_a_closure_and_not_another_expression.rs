use auth_runtime::require_auth;

#[require_auth(check = owns_the_order)]
async fn handler() {}

fn main() {}
