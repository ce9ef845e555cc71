use auth_runtime::require_auth;

#[require_auth(check = async |caller: Identity| true)]
async fn handler() {}

fn main() {}
