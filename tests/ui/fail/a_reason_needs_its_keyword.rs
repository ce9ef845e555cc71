use auth_runtime::allow_anonymous;

#[allow_anonymous("health probe")]
async fn handler() {}

fn main() {}
