use auth_runtime::allow_anonymous;

#[allow_anonymous(reason = "public", role = "a")]
async fn handler() {}

fn main() {}
