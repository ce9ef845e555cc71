use auth_runtime::{check, require_auth};

#[check]
async fn is_open() -> &'static str {
    "open"
}

#[check]
async fn is_closed() {}

#[require_auth(any(check = is_open, check = is_closed))]
async fn handler() {}

fn main() {}
