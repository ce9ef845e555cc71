use auth_runtime::require_auth;

#[require_auth(not(any(role = "a", check = |caller: Identity| true)))]
async fn handler() {}

fn main() {}
