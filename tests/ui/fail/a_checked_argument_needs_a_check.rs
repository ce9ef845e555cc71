use auth_runtime::{Checked, require_auth};

struct Order;

#[require_auth(scope = "orders:read")]
async fn handler(_: Checked<Order>) {}

fn main() {}
