use auth_runtime::require_auth;

#[require_auth(reason = "internal")]
async fn handler() {}

fn main() {}
