use auth_runtime::check;

#[check(description = "the shop is open")]
async fn is_open() -> bool {
    true
}

#[check("")]
async fn is_closed() -> bool {
    true
}

fn main() {}
