use auth_runtime::policy;

#[policy(check = |caller: Identity| true)]
struct CanRefund;

fn main() {}
