use auth_runtime::require_auth;

#[require_auth(check("") = |caller: Identity| true)]
async fn handler() {}

fn main() {}
