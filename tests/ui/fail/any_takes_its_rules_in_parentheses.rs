use auth_runtime::require_auth;

#[require_auth(any = "a")]
async fn handler() {}

fn main() {}
