use auth_runtime::require_auth;

#[require_auth(
    any(scope = "a", scheme = "bearer"),
    all(scope = "b", acr = "gold", max_age = "5m"),
    not(hide, crate = ::auth_runtime),
)]
async fn handler() {}

fn main() {}
