use auth_runtime::{policy, require_auth};

#[policy(scope = "refunds", acr = "gold")]
struct CanRefund;

#[require_auth(any(policy = CanRefund, role = "admin"))]
async fn handler() {}

fn main() {}
