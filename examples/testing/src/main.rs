//! The application, with the public keys of the issuer in a file. In production the issuer publishes this file.
//!
//! To try it out, `cargo run -p token -- keys` creates `keys.json`, and `cargo run -p testing` reads it.

use auth_runtime::{Auth, BoxError, Jwt};
use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> Result<(), BoxError> {
    if std::env::args().len() > 1 {
        println!(
            "Usage: cargo run -p testing\n\nReads keys.json. `cargo run -p token -- keys` creates it."
        );
        return Ok(());
    }
    let jwt = Jwt::issuer("https://issuer.example")
        .audience("https://api.example")
        .jwks_file("keys.json");
    let auth = Auth::builder().bearer(jwt).build()?;
    let listener = TcpListener::bind("127.0.0.1:3000").await?;
    println!(
        "Listening on http://{} until Ctrl-C.",
        listener.local_addr()?
    );
    axum::serve(listener, testing::app(auth)).await?;
    Ok(())
}
