use auth_runtime::require_auth;

#[require_auth(all())]
async fn handler() {}

fn main() {}
