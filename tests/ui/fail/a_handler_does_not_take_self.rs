use auth_runtime::require_auth;

struct Orders;

impl Orders {
    #[require_auth]
    async fn list(&self) {}
}

fn main() {}
