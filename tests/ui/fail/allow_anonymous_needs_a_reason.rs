use auth_runtime::allow_anonymous;

#[allow_anonymous]
async fn handler() {}

fn main() {}
