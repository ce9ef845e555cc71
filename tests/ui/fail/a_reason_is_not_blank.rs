use auth_runtime::allow_anonymous;

#[allow_anonymous(reason = " ")]
async fn handler() {}

fn main() {}
