use auth_runtime::{Role, require_auth};

const ADMIN: Role = Role::new("admin");

#[require_auth(scope = ADMIN)]
async fn handler() {}

fn main() {}
