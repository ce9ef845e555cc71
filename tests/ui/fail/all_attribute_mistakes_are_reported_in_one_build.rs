use auth_runtime::{Identity, optional_auth, policy, require_auth};

#[require_auth(
    scop = "orders:read",
    role = 5,
    any(),
    claim("verified"),
    scheme = "Bearer",
    check = |id| true,
    max_age = "soon",
)]
async fn handler(&self) {}

#[optional_auth]
async fn another(_: Identity) {}

#[policy(role = "")]
struct CanRefund(u8);

fn main() {}
