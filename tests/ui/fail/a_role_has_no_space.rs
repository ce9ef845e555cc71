use auth_runtime::require_auth;

#[require_auth(role = "team lead")]
async fn handler() {}

fn main() {}
