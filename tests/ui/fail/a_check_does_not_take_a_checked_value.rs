use auth_runtime::require_auth;

#[require_auth(check = |Checked(order): Checked<Order>| order.is_mine())]
async fn handler() {}

fn main() {}
