use auth_runtime::{check, require_auth};

#[check]
async fn is_open() -> bool {
    true
}

#[require_auth(check = is_open())]
async fn handler() {}

fn main() {}
