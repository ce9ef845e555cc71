use auth_runtime::{Auth, Identity, check, policy};

#[check]
fn is_open() -> bool {
    true
}

#[policy(any(role = "support", check = is_open))]
struct DuringOpeningHours;

fn decide(auth: &Auth, caller: &Identity) -> bool {
    auth.authorize::<DuringOpeningHours>(caller).is_ok()
}

fn main() {}
