use auth_runtime::{Auth, Router, require_auth, routing::get};
use axum::extract::State;
use tokio::net::TcpListener;

#[require_auth]
async fn list_orders(_: State<u8>) {}

async fn serve(listener: TcpListener, auth: Auth) -> std::io::Result<()> {
    let app: axum::Router<u8> = Router::new()
        .route("/orders", get(list_orders))
        .with_auth(auth);
    axum::serve(listener, app).await
}

fn main() {
    let _ = serve;
}
