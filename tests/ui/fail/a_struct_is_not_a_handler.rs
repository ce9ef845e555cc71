use auth_runtime::require_auth;

#[require_auth]
struct Orders;

fn main() {}
