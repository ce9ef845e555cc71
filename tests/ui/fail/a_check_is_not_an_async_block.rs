use auth_runtime::require_auth;

#[require_auth(check = |caller: Identity| async move { caller.is_admin().await })]
async fn handler() {}

fn main() {}
