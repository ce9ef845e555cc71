use auth_runtime::optional_auth;

struct Shop;

impl Shop {
    #[optional_auth]
    async fn handler(State(shop): State<Self>) {}
}

fn main() {}
