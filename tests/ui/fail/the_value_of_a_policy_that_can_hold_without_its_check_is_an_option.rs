use auth_runtime::{Allowed, Checked, check, policy, require_auth};

#[check]
fn loads() -> Allowed<u32> {
    Allowed::with(1)
}

#[policy(any(role = "support", check = loads))]
struct CanEdit;

#[policy(any(check = loads, all(role = "support", check = loads)))]
struct Loads;

#[require_auth(policy = CanEdit)]
async fn lone(_: Checked<u32>) {}

#[require_auth(scope = "orders", policy = CanEdit)]
async fn part(_: Checked<u32>) {}

#[require_auth(policy = CanEdit)]
async fn optional(_: Option<Checked<u32>>) {}

#[require_auth(policy = Loads)]
async fn always(_: Checked<u32>) {}

#[require_auth(scope = "orders", policy = Loads)]
async fn always_as_a_part(_: Checked<u32>) {}

fn main() {}
