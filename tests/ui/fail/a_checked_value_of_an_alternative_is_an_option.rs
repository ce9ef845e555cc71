use auth_runtime::{Checked, require_auth};

struct Order;

#[require_auth(any(role = "admin", check = || auth_runtime::Allowed::with(Order)))]
async fn handler(_: Checked<Order>) {}

fn main() {}
