use auth_runtime::require_auth;

#[require_auth(hide = "never")]
async fn handler() {}

fn main() {}
