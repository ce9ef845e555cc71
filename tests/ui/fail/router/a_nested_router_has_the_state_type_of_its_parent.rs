use auth_runtime::{Router, require_auth, routing::get};
use axum::extract::State;

#[require_auth]
async fn list_orders(_: State<u8>) {}

fn orders() -> Router<u8> {
    Router::new().route("/orders", get(list_orders))
}

fn main() {
    let _: Router<String> = Router::new().nest("/shop", orders());
}
