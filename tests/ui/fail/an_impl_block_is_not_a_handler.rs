use auth_runtime::require_auth;

#[require_auth]
impl Orders {}

struct Orders;

fn main() {}
