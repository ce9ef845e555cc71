//! Opaque access tokens. The authorization server is asked about them (Token Introspection, RFC 7662).
//!
//! ```sh
//! export INTROSPECTION_URL=https://id.example/introspect ISSUER=https://id.example
//! export CLIENT_ID=orders-api CLIENT_SECRET=.. AUDIENCE=https://api.example
//! cargo run -p opaque-tokens
//! ```

use std::env;
use std::net::SocketAddr;

use auth_runtime::routing::get;
use auth_runtime::{Auth, BoxError, Identity, Introspection, Router, require_auth};
use tokio::net::TcpListener;

const HELP: &str = "\
An API that accepts opaque access tokens.

Usage: cargo run -p opaque-tokens

  INTROSPECTION_URL         the introspection endpoint of the authorization server
  ISSUER                    the authorization server, as in the `iss` of its responses
  CLIENT_ID, CLIENT_SECRET  the credentials of this API at the authorization server
  AUDIENCE                  this API, as in the `aud` of the responses
  PORT                      the port to listen on; the default is 3000

GET /whoami  any caller with an active token
GET /orders  a token with the scope orders:read
";

#[require_auth]
async fn whoami(caller: Identity) -> String {
    format!("You are {}.\n", caller.subject())
}

#[require_auth(scope = "orders:read")]
async fn list_orders() -> &'static str {
    "Order 1: tea\n"
}

#[tokio::main]
async fn main() -> Result<(), BoxError> {
    if env::args().len() > 1 {
        print!("{HELP}");
        return Ok(());
    }
    tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .init();
    let introspection = Introspection::endpoint(variable("INTROSPECTION_URL")?)
        .issuer(variable("ISSUER")?)
        .client(variable("CLIENT_ID")?, variable("CLIENT_SECRET")?)
        .audience(variable("AUDIENCE")?);
    let auth = Auth::builder().introspection(introspection).build()?;
    let app = Router::new()
        .route("/whoami", get(whoami))
        .route("/orders", get(list_orders))
        .with_auth(auth)
        // Invalid tokens are counted by client address.
        .into_make_service_with_connect_info::<SocketAddr>();

    let port = env::var("PORT").unwrap_or_else(|_| "3000".to_owned());
    let listener = TcpListener::bind(format!("127.0.0.1:{port}")).await?;
    println!(
        "Listening on http://{} until Ctrl-C.",
        listener.local_addr()?
    );
    axum::serve(listener, app).await?;
    Ok(())
}

fn variable(name: &str) -> Result<String, String> {
    env::var(name).map_err(|error| format!("{name}: {error}, see --help"))
}
