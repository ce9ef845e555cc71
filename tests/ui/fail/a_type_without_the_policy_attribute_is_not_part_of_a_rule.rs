use auth_runtime::require_auth;

#[require_auth(any(policy = CanRefund, role = "admin"))]
async fn handler() {}

struct CanRefund;

fn main() {}
