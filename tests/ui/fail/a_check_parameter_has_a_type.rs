use auth_runtime::require_auth;

#[require_auth(check = |id, Path(name)| true)]
async fn handler() {}

fn main() {}
