use auth_runtime::{Auth, Router, require_auth, routing::get};

#[require_auth(scope = "orders:read")]
async fn list_orders() {}

fn app(auth: Auth) -> axum::Router {
    Router::new().with_auth(auth).route("/orders", get(list_orders))
}

fn main() {
    let _ = app;
}
