use auth_runtime::require_auth;

#[require_auth(claim("email_verified" == true))]
async fn handler() {}

fn main() {}
