use auth_runtime::{BearerToken, allow_anonymous};

#[allow_anonymous(reason = "health probe")]
async fn handler(token: BearerToken) {}

fn main() {}
