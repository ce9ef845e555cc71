use auth_runtime::policy;

#[policy(scope = "refunds")]
fn can_refund() {}

fn main() {}
