use auth_runtime::require_auth;

#[require_auth(check = |State(db): State<_>| true)]
async fn handler() {}

fn main() {}
