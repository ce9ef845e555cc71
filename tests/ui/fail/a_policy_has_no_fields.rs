use auth_runtime::policy;

#[policy(scope = "refunds")]
struct CanRefund {
    limit: u32,
}

fn main() {}
