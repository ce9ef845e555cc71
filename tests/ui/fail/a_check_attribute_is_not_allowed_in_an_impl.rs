use auth_runtime::check;

struct Shop;

impl Shop {
    #[check]
    async fn is_open(&self) -> bool {
        true
    }

    #[check]
    async fn is_closed() -> bool {
        true
    }
}

fn main() {}
