use auth_runtime::require_auth;

#[require_auth(crate = self::renamed)]
async fn handler() {}

fn main() {}
