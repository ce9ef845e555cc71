use auth_runtime::require_auth;

async fn owns_order() -> bool {
    true
}

#[require_auth(check = owns_order)]
async fn handler() {}

fn main() {}
