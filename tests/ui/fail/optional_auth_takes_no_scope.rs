use auth_runtime::optional_auth;

#[optional_auth(scope = "a")]
async fn handler() {}

fn main() {}
