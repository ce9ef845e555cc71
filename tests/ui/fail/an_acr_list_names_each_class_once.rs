use auth_runtime::require_auth;

#[require_auth(acr = ["gold", "silver", "gold"])]
async fn handler() {}

fn main() {}
