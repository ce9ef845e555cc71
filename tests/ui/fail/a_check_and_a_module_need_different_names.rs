use auth_runtime::check;

mod is_open {}

#[check]
async fn is_open() -> bool {
    true
}

fn main() {}
