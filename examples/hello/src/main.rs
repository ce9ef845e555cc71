//! A guarded handler, and an issuer of tokens for it in the same process.
//!
//! `cargo run -p hello` prints a curl command: paste it into another terminal.

use std::time::Duration;

use auth_runtime::{Auth, BoxError, Identity, Router, require_auth, routing::get, testing::Issuer};
use tokio::net::TcpListener;

#[require_auth(scope = "hello:read")]
async fn hello(caller: Identity) -> String {
    format!("Hello, {}!\n", caller.subject())
}

#[tokio::main]
async fn main() -> Result<(), BoxError> {
    if std::env::args().len() > 1 {
        println!("Usage: cargo run -p hello\n\nPORT is the port to listen on, 3000 by default.");
        return Ok(());
    }
    // In production the issuer is another server: `Jwt::oidc("https://..").audience("https://..")`.
    let issuer = Issuer::new("https://issuer.example", "https://api.example");
    let auth = Auth::builder().bearer(issuer.jwt()).build()?;
    let app = Router::new().route("/", get(hello)).with_auth(auth);

    let port = std::env::var("PORT").unwrap_or_else(|_| "3000".to_owned());
    let listener = TcpListener::bind(format!("127.0.0.1:{port}")).await?;
    let url = format!("http://{}", listener.local_addr()?);
    let one_day = Duration::from_secs(24 * 60 * 60);
    let token = issuer
        .token("alice")
        .scope("hello:read")
        .expires_in(one_day)
        .sign();
    println!("curl {url} -H 'Authorization: Bearer {token}'\n\nListening on {url} until Ctrl-C.");
    axum::serve(listener, app).await?;
    Ok(())
}
