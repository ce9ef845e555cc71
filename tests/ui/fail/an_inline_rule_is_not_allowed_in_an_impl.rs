use auth_runtime::{allow_anonymous, optional_auth};

struct Orders;

impl Orders {
    #[optional_auth]
    async fn list() {}

    #[allow_anonymous(reason = "health probe")]
    async fn health() {}
}

fn main() {}
