use auth_runtime::{check, require_auth};

#[check]
fn is_open() -> bool {
    true
}

#[require_auth(policy = is_open)]
async fn lone() {}

#[require_auth(scope = "orders", policy = is_open)]
async fn part() {}

fn main() {}
