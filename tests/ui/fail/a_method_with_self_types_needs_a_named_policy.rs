use auth_runtime::require_auth;
use axum::extract::State;

struct Orders;

impl Orders {
    #[require_auth(scope = "orders:read")]
    async fn list(State(_): State<Self>) {}
}

fn main() {}
