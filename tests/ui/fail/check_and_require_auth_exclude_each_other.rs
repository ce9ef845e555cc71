use auth_runtime::{check, require_auth};

#[require_auth]
#[check]
async fn is_open() -> bool {
    true
}

fn main() {}
