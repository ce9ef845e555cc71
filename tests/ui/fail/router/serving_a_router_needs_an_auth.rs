use auth_runtime::{Router, require_auth, routing::get};
use tokio::net::TcpListener;

#[require_auth(scope = "orders:read")]
async fn list_orders() {}

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let app: Router = Router::new().route("/orders", get(list_orders));
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    axum::serve(listener, app).await
}
