use auth_runtime::require_auth;

#[require_auth(acr = "gold silver")]
async fn handler() {}

fn main() {}
