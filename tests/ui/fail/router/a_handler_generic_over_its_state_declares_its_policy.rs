use auth_runtime::{Router, routing::get};
use axum::extract::State;

async fn list_orders<S>(_: State<S>) {}

fn routes<S: Clone + Send + Sync + 'static>() -> Router<S> {
    Router::new().route("/orders", get(list_orders::<S>))
}

fn main() {
    let _ = routes::<()>();
}
