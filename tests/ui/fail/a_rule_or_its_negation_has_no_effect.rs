use auth_runtime::require_auth;

#[require_auth(any(role = "trial", not(role = "trial")))]
async fn handler() {}

fn main() {}
