use auth_runtime::require_auth;

#[require_auth(audience = "https://api.example")]
async fn handler() {}

fn main() {}
