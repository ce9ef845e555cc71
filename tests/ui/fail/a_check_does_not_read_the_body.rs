use auth_runtime::require_auth;

#[require_auth(check = |Json(order): Json<Order>| order.is_mine())]
async fn handler() {}

fn main() {}
