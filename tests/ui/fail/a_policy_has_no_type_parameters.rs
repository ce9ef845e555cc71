use auth_runtime::policy;

#[policy(scope = "orders:read")]
struct Owns<T>;

fn main() {}
