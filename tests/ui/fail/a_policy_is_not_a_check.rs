use auth_runtime::{policy, require_auth};

#[policy(role = "support")]
struct CanRefund;

#[require_auth(check = CanRefund)]
async fn handler() {}

fn main() {}
