use auth_runtime::require_auth;

#[require_auth(check = |order: Option<Json<Order>>| order.is_some())]
async fn handler() {}

fn main() {}
