use auth_runtime::{policy, require_auth};

#[policy(scope = "orders:read")]
struct CanRead;

trait Listing {
    async fn list();
}

struct Orders;

impl Listing for Orders {
    #[require_auth(policy = CanRead)]
    async fn list() {}
}

fn main() {}
