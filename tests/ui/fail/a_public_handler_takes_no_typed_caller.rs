use auth_runtime::{Caller, allow_anonymous, optional_auth};

#[derive(Clone)]
struct User;

#[allow_anonymous(reason = "public")]
async fn public(_: Caller<User>) {}

#[optional_auth]
async fn optional(_: Caller<User>) {}

fn main() {}
