use auth_runtime::{check, policy, require_auth};

#[check]
async fn is_open() -> bool {
    true
}

#[policy(any(role = "support", check = is_open))]
struct DuringOpeningHours;

#[policy(policy = DuringOpeningHours)]
struct Renamed;

#[require_auth(not(policy = Renamed))]
async fn handler() {}

fn main() {}
