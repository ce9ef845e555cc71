use auth_runtime::{Identity, optional_auth};

#[optional_auth]
async fn handler(_: Identity) {}

fn main() {}
