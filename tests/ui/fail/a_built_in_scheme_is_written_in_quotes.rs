use auth_runtime::require_auth;

#[require_auth(scheme = ["basic", bearer])]
async fn handler() {}

fn main() {}
