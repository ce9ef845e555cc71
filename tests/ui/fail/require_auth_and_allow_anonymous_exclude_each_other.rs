use auth_runtime::{allow_anonymous, require_auth};

#[require_auth(scope = "a")]
#[allow_anonymous(reason = "not sure")]
async fn handler() {}

fn main() {}
