use auth_runtime::check;

#[check]
struct OwnsOrder;

fn main() {}
