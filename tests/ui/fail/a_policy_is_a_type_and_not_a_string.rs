use auth_runtime::require_auth;

#[require_auth(policy = "CanRefund")]
async fn handler() {}

fn main() {}
