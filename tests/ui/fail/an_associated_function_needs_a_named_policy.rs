use auth_runtime::require_auth;

struct Orders;

impl Orders {
    #[require_auth(scope = "orders:read")]
    async fn list() {}
}

fn main() {}
