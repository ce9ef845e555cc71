use auth_runtime::{check, guard, policy};

#[check]
async fn is_open() -> bool {
    true
}

#[policy(any(role = "support", check = is_open))]
struct DuringOpeningHours;

fn main() {
    let _ = guard::<DuringOpeningHours>();
}
