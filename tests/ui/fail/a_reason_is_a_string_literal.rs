use auth_runtime::allow_anonymous;

#[allow_anonymous(reason = WHY)]
async fn handler() {}

fn main() {}
